import { storeContract } from '../db/store-contract.ts';
import { storeModel } from '../db/store-model.ts';
import { queueContract } from '../mq/queue-contract.ts';
import { openQueueFixture, openStoreFixture } from './fixture.ts';

storeContract('in memory, of the simulation', () => openStoreFixture(true));
storeContract('in memory, without transactions', () => openStoreFixture(false));
storeModel('in memory, of the simulation', () => openStoreFixture(true));
queueContract('in memory, of the simulation', openQueueFixture);
