import { contractTests } from '../contract/suite.ts';

contractTests('over HTTP');
