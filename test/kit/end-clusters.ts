/** For the suites whose tests make clusters of their own: each file's end when it does. */
import { afterAll } from 'vitest';
import { endClusters } from './open-clusters.ts';

afterAll(endClusters);
