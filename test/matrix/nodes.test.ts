import { playGroup } from './suite.ts';

playGroup('nodes');
