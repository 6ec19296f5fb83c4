import { openEmbeddedFixture } from './embedded-fixture.ts';
import { storeContract } from './store-contract.ts';

storeContract('embedded', openEmbeddedFixture);
