import { playGroup } from './suite.ts';

playGroup('restart-rolling');
