/** Tells of the kill switch: an Event on its ConfigMap and a metric, as soon as it is thrown, changed or lifted. */
import type { Announcement } from '../core/announcement.ts';
import { targetRef } from '../core/observation.ts';
import { liftedText, pauseText } from '../core/pause.ts';
import type { CacheView } from '../kube/cache.ts';
import type { Voice } from './roles.ts';

/** `speaks`: of several processes that share the work one tells of it. */
export function followPauses(
  cache: CacheView,
  voice: Pick<Voice, 'announce' | 'observer'>,
  speaks: () => boolean,
): void {
  cache.subscribe(({ old, new: object }) => {
    const about = object ?? old;
    if (about === undefined) return;
    voice.observer.paused(object === undefined ? 'lifted' : 'thrown');
    const news: Announcement =
      object === undefined
        ? { type: 'Normal', reason: 'HealingResumed', message: liftedText(about) }
        : { type: 'Warning', reason: 'HealingPaused', message: pauseText(object) };
    if (speaks() && (object === undefined || old === undefined || pauseText(old) !== pauseText(object)))
      voice.announce([targetRef(about)], news);
  });
}
