export { addDate, atWallTime, type DateSpan, type WallTime } from './date.ts';
export { formatGoTime, timeText } from './format.ts';
export { GO_LAYOUTS, layoutPieces, type LayoutPiece } from './layout.ts';
export { parseGoTime } from './parse.ts';
export {
  fixedZone,
  floorDivide,
  MONTHS,
  SECOND_NS,
  UTC_ZONE,
  wallClock,
  WEEKDAYS,
  ZERO_TIME_NS,
  type GoZone,
  type WallClock,
  type ZonedTime,
} from './zone.ts';
