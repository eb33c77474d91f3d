import { playGroup } from './suite.ts';

playGroup('delete');
