import { playGroup } from './suite.ts';

playGroup('restart-recreate');
