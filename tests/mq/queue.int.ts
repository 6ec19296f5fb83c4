import { openEmbeddedFixture } from './embedded-fixture.ts';
import { queueContract } from './queue-contract.ts';

queueContract('embedded', openEmbeddedFixture);
