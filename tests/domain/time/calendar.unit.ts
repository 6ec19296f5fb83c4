import assert from 'node:assert/strict';

import { DAY, END_OF_TIME, HOUR, dateNumber, dayNumber, daysInMonth } from '../../../domain/time/calendar.ts';

describe('calendar', () => {
  it('knows its units and its end', () => {
    assert.equal(HOUR, 60 * 60 * 1000);
    assert.equal(DAY, 24 * HOUR);
    assert.equal(END_OF_TIME, Date.UTC(10_000, 0, 1));
  });

  it('turns days into dates and back, before 1970 too', () => {
    for (const date of ['0001-01-01', '1600-02-29', '1899-12-31', '1969-12-31', '1970-01-01', '9999-12-31']) {
      const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
      const expected = Date.parse(`${date}T00:00:00Z`) / DAY;
      assert.equal(dayNumber(year, month, day), expected, date);
      assert.equal(dateNumber(expected), Number(date.replaceAll('-', '')), date);
    }
  });

  it('counts the days of months', () => {
    for (const year of [1900, 2000, 2015, 2016, 2100]) {
      for (let month = 1; month <= 12; month++) {
        assert.equal(daysInMonth(year, month), new Date(Date.UTC(year, month, 0)).getUTCDate());
      }
    }
  });
});
