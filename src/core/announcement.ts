import type { AnnouncementReason } from './reasons/index.ts';

/** Something that people are told: a Kubernetes Event on each object that it is about; a notification where asked. */
export interface Announcement {
  readonly type: 'Normal' | 'Warning';
  readonly reason: AnnouncementReason;
  readonly message: string;
  /** Why the target is unwell, as a paragraph of the notification; the Event `CauseFound` has it too. */
  readonly why?: string;
  /**
   * `people`: the channels of the operator's configuration carry it too, since a person has to act. Omitted: an Event
   * is enough, and channels that follow episodes carry it. `nobody`: no channel does, since nothing was changed.
   */
  readonly tell?: 'people' | 'nobody';
  /** Set where nothing of the policy fires for the target any more: what was opened for people can be closed. */
  readonly ends?: 'episode';
}
