import { playGroup } from './suite.ts';

playGroup('rollback');
