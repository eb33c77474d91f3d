/** A clock that was set is told: the log says which one, by how much, and what the operator goes by. */
import type { ClockNews } from '../kube/server-clock.ts';
import type { OperatorDependencies } from './dependencies.ts';
import { UNOBSERVED } from './voice.ts';

export function tellClock({ logger, observer = UNOBSERVED }: OperatorDependencies, news: ClockNews): void {
  if (news.clock !== 'apart') observer.clockSet(news.clock);
  logger.warn({ clock: news.clock, bySeconds: Math.round(news.byMs / 1000) }, inWords(news));
}

function inWords({ clock, byMs }: ClockNews): string {
  const seconds = Math.round(Math.abs(byMs) / 1000);
  const way = byMs > 0 ? 'forward' : 'back';
  switch (clock) {
    case 'operator':
      return `the clock of this machine was set ${way} by ${seconds} s; the operator goes by the API server's time, so that no limit and no wait changes`;
    case 'server':
      return `the clock of the API server was set ${way} by ${seconds} s; the operator follows, and limits look back an hour all the same`;
    case 'apart': {
      const how = byMs > 0 ? 'ahead of' : 'behind';
      return `the clock of this machine is ${seconds} s ${how} that of the API server; the operator goes by the API server's`;
    }
  }
}
