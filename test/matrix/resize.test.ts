import { playGroup } from './suite.ts';

playGroup('resize');
