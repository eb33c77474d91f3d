import { contractTests } from '../contract/suite.ts';

contractTests('in process');
