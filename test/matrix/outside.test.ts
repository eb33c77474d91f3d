import { playGroup } from './suite.ts';

playGroup('outside');
