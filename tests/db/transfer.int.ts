import { openEmbeddedFixture } from './embedded-fixture.ts';
import { transferContract } from './transfer-contract.ts';

transferContract('embedded to embedded', openEmbeddedFixture, openEmbeddedFixture);
