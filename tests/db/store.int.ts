import { openEmbeddedFixture } from './embedded-fixture.ts';
import { storeContract } from './store-contract.ts';
import { storeModel } from './store-model.ts';

storeContract('embedded', openEmbeddedFixture);
storeModel('embedded', openEmbeddedFixture);
