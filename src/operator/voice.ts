/** The operator's voice: Events on the objects that they are about, notifications for people, the log, the counters. */
import { COMPONENT, HEALING_ACTION, HEALING_POLICY } from '../api/names.ts';
import type { Announcement } from '../core/announcement.ts';
import type { TargetRef } from '../core/observation.ts';
import type { KubeClient } from '../kube/client.ts';
import { EventRecorder } from '../kube/event-recorder.ts';
import { given } from '../std/given.ts';
import { droppedEvents } from './dropped-events.ts';
import { Notifications, type NotificationsConfig } from './notifications.ts';
import type { OperatorObserver } from './ports.ts';
import type { Voice } from './roles.ts';
import { Untold, type UntoldConfig } from './untold.ts';

export const UNOBSERVED: OperatorObserver = {
  reconciled: () => undefined,
  actionEntered: () => undefined,
  actionEnded: () => undefined,
  blocked: () => undefined,
  eventDropped: () => undefined,
  statusRefused: () => undefined,
  paused: () => undefined,
  clockSet: () => undefined,
  notified: () => undefined,
  notificationDropped: () => undefined,
  analysed: () => undefined,
  modelAsked: () => undefined,
  modelTokens: () => undefined,
  requested: () => undefined,
  episodeStage: () => undefined,
  queried: () => undefined,
  vitals: () => undefined,
};

export interface OpenVoice extends Voice {
  /** Writes the Events that wait, for the end of the process. */
  drain(): Promise<void>;
}

export interface VoiceConfig extends Omit<NotificationsConfig, 'untold'>, Pick<Voice, 'traces'> {
  /** Of its own, and so with a rate limit of its own: announcements never wait in line before decisions. */
  readonly client: KubeClient;
  /** What policies of these namespaces say of their channels has changed. */
  readonly onUntold: UntoldConfig['onChange'];
}

/** After the signal no more notifications are sent. */
/**
 * Targets of one policy of which the same is said. The policy itself is none of them: its Events tell that there are
 * more. Actions make no crowd: limits of their own bound how many there are.
 */
export function crowdOf(one: TargetRef, about: readonly TargetRef[], { reason }: Pick<Announcement, 'reason'>) {
  const policy = about.find(({ kind }) => kind === HEALING_POLICY.kind);
  const isAction = about.some(({ kind }) => kind === HEALING_ACTION.kind);
  return policy === undefined || one === policy || isAction ? undefined : `${reason} ${policy.uid}`;
}

export function openVoice({ client, onUntold, ...config }: VoiceConfig, signal: AbortSignal): OpenVoice {
  const { logger, observer, traces } = config;
  const recorder = new EventRecorder({
    client,
    component: COMPONENT,
    onDropped: droppedEvents({ clock: config.clock, logger, observer }),
  });
  const untold = new Untold({ clock: config.clock, onChange: onUntold });
  const notifications = new Notifications({ ...config, untold }, signal);
  return {
    logger,
    observer,
    ...given({ traces }),
    untold: (namespace) => untold.in(namespace),
    announce: (about, { tell, why, ends, ...announcement }) => {
      const weight = tell === 'people' ? 'needed' : 'usual';
      for (const one of about)
        recorder.record({
          about: one,
          weight,
          ...announcement,
          ...given({ crowd: crowdOf(one, about, announcement) }),
        });
      if (tell !== 'nobody') notifications.tell({ about, ...announcement, ...given({ tell, why, ends }) });
    },
    drain: () => recorder.drain(),
  };
}
