import { playGroup } from './suite.ts';

playGroup('patch');
