/** The guards of what people are told: the urgent first, nothing closed too early, no text that is no text. */
import type { Guard } from './guard.ts';

const CHANNELS = 'test/healing/channels.test.ts';
const NOTIFIERS = 'test/e2e/notifiers.test.ts';
const ANNOUNCEMENTS = 'src/core/target/announcements.test.ts';

export const TELLING_GUARDS: readonly Guard[] = [
  {
    name: 'telling: a flood of what is followed holds nothing back that needs people',
    file: 'src/operator/notifications.ts',
    guard: 'rest.length > 0 && this.#followed.admits(namespace)',
    without: 'rest.length > 0 && this.#needed.admits(namespace)',
    test: CHANNELS,
  },
  {
    name: 'telling: a full queue makes room for what needs people',
    file: 'src/operator/notifications.ts',
    guard: "if (this.#queue.length >= QUEUE_LIMIT && notice.needs === 'people') this.#makeRoom();\n",
    without: '\n',
    test: CHANNELS,
  },
  {
    name: 'telling: the end of an episode is told whatever the hour has brought',
    file: 'src/operator/notifications.ts',
    guard: "(interest === 'ends' && ends !== undefined)",
    without: '(false)',
    test: CHANNELS,
  },
  {
    name: 'telling: a channel through which no person is told gets nothing that needs one',
    file: 'src/operator/notifications.ts',
    guard: "this.#channels.filter(({ name }) => this.#interestOf(name) !== 'healing')",
    without: 'this.#channels',
    test: CHANNELS,
  },
  {
    name: 'telling: an episode ends with the last of its triggers',
    file: 'src/core/target/announcements.ts',
    guard: "Object.values(triggers).every(({ state }) => state !== 'firing') && ",
    without: '',
    test: ANNOUNCEMENTS,
  },
  {
    name: 'telling: an incident belongs to one policy',
    file: 'src/adapters/notify/pagerduty.ts',
    guard: "policy === undefined ? '' : placeOf(policy)",
    without: "policy === undefined ? '' : ''",
    test: NOTIFIERS,
  },
  {
    name: 'telling: a text that is cut ends in no half of a character',
    file: 'src/adapters/notify/told.ts',
    guard: 'wellFormedText(text.slice(0, most))',
    without: 'text.slice(0, most)',
    test: NOTIFIERS,
  },
  {
    name: 'telling: a message that is dropped stands in the policies that it was about',
    file: 'src/operator/notifications.ts',
    guard: "if (needs === 'people' && why !== 'Stopped')\n      untold.failed(",
    without: "if (needs === 'people' && why === 'Stopped')\n      untold.failed(",
    test: CHANNELS,
  },
  {
    name: 'telling: a channel that works again is not said to fail',
    file: 'src/operator/notifications.ts',
    guard: 'untold.delivered(this.name);\n',
    without: '\n',
    test: CHANNELS,
  },
];
