package dev.counterfoil.monitor.judging;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.word.Sighting;
import java.util.ArrayList;
import java.util.List;

/**
 * A batch as a reporter sends it (spec/sightings.md).
 *
 * @param reporter the reporter's name for itself
 * @param sequence number of the batch; one more than the last
 * @param lost sightings that the reporter lost since it started
 * @param sightings what it saw
 * @param digest SHA-256 of the body
 */
public record SightingBatch(
    String reporter, long sequence, long lost, List<Sighting> sightings, Hash digest) {
  /** Most sightings in a batch. */
  static final int SIGHTINGS_MAX = 1000;

  private static final int REPORTER_LENGTH_MAX = 256;

  public SightingBatch {
    sightings = List.copyOf(sightings);
  }

  public static SightingBatch parse(byte[] body, int bytesMax) throws FormatException {
    JsonObject json = StrictJson.object(body, bytesMax);
    json.allowOnly("v", "reporter", "sequence", "lost", "sightings");
    if (json.number("v") != 1) {
      throw new FormatException("version is not supported");
    }
    String reporter = json.string("reporter");
    long sequence = json.number("sequence");
    long lost = json.number("lost");
    if (reporter.isEmpty()
        || reporter.length() > REPORTER_LENGTH_MAX
        || sequence < 0
        || lost < 0
        || lost == Long.MAX_VALUE
        || sequence == Long.MAX_VALUE) {
      throw new FormatException("member reporter, sequence or lost is out of range");
    }
    List<JsonObject> items = json.objects("sightings");
    if (items.size() > SIGHTINGS_MAX) {
      throw new FormatException("more than " + SIGHTINGS_MAX + " sightings in a batch");
    }
    List<Sighting> sightings = new ArrayList<>();
    for (JsonObject item : items) {
      sightings.add(Sighting.parse(item));
    }
    return new SightingBatch(reporter, sequence, lost, sightings, Hash.sha256(body));
  }
}
