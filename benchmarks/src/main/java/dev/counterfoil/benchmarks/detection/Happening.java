package dev.counterfoil.benchmarks.detection;

import dev.counterfoil.format.bytes.JsonObject;

/**
 * Something that a source reports.
 *
 * @param timeMillis when it is, milliseconds since 1970
 * @param source who reports it
 * @param event without its number
 * @param attack number of the attack that it belongs to; {@link #HONEST} where it belongs to none
 */
record Happening(long timeMillis, String source, JsonObject event, int attack) {
  static final int HONEST = -1;
}
