import { playGroup } from './suite.ts';

playGroup('scale');
