package dev.counterfoil.disclosure.promises;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What is public about a domain up to a time: all times in seconds since 1970. A list that is empty
 * means that nothing is known.
 *
 * @param asOf nothing later is known
 * @param keys every key that was stated
 * @param checkpoints when a log had a checkpoint, as an observer saw it
 * @param cosigned when a quorum of witnesses had cosigned a log
 * @param revocations canaries: when a token was revoked, and when an outside verifier refused it
 * @param forgeries when a synthetic forgery was presented, and when it was found
 * @param corrections when a claim was known to be wrong, and when it was corrected
 */
public record PublicHistory(
    long asOf,
    List<KeyLife> keys,
    List<Seen> checkpoints,
    List<Seen> cosigned,
    List<Answered> revocations,
    List<Answered> forgeries,
    List<Answered> corrections) {
  /** Longest file, in bytes. */
  public static final int BYTES_MAX = 16 << 20;

  /** Before anything is known. */
  public static final PublicHistory NOTHING =
      new PublicHistory(0, List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

  private static final long TIME_MAX = 253_402_300_799L;

  /**
   * A key's life.
   *
   * @param line the keys of one line follow each other: log, purpose and algorithm
   * @param stated when the key log stated it
   * @param from when it may sign first
   * @param until when it may sign no more
   * @param ended when its log ended, as that of a signer that was replaced; 0 while it did not
   */
  public record KeyLife(String kid, String line, long stated, long from, long until, long ended) {
    /** The log's short name, with which its line begins. */
    public String log() {
      return line.substring(0, line.indexOf(' '));
    }
  }

  /** Something of a log that was seen. */
  public record Seen(String log, long at) {}

  /**
   * Something that waits for an answer.
   *
   * @param answered when it came; 0 while it did not
   */
  public record Answered(String id, long at, long answered) {}

  public PublicHistory {
    keys = List.copyOf(keys);
    checkpoints = List.copyOf(checkpoints);
    cosigned = List.copyOf(cosigned);
    revocations = List.copyOf(revocations);
    forgeries = List.copyOf(forgeries);
    corrections = List.copyOf(corrections);
  }

  /** This and what another observer saw; nothing is counted twice, and an answer is kept. */
  public PublicHistory and(PublicHistory other) {
    return new PublicHistory(
        Math.max(asOf, other.asOf),
        both(keys, other.keys),
        both(checkpoints, other.checkpoints),
        both(cosigned, other.cosigned),
        answered(revocations, other.revocations),
        answered(forgeries, other.forgeries),
        answered(corrections, other.corrections));
  }

  private static <T> List<T> both(List<T> some, List<T> others) {
    return Stream.concat(some.stream(), others.stream()).distinct().toList();
  }

  private static List<Answered> answered(List<Answered> some, List<Answered> others) {
    Map<String, Answered> all = new LinkedHashMap<>();
    for (Answered one : both(some, others)) {
      all.merge(one.id() + " " + one.at(), one, (a, b) -> a.answered() == 0 ? b : a);
    }
    return List.copyOf(all.values());
  }

  /** What was known at an earlier time: later knowledge changes nothing of it. */
  public PublicHistory until(long time) {
    return new PublicHistory(
        time,
        keys.stream()
            .filter(key -> key.stated() <= time)
            .map(
                key ->
                    new KeyLife(
                        key.kid(),
                        key.line(),
                        key.stated(),
                        key.from(),
                        Math.max(key.from(), Math.min(key.until(), time)),
                        key.ended() <= time ? key.ended() : 0))
            .toList(),
        seen(checkpoints, time),
        seen(cosigned, time),
        answered(revocations, time),
        answered(forgeries, time),
        answered(corrections, time));
  }

  /** What was seen from a time on; keys stay. */
  public PublicHistory from(long time) {
    return new PublicHistory(
        asOf,
        keys,
        checkpoints.stream().filter(one -> one.at() >= time).toList(),
        cosigned.stream().filter(one -> one.at() >= time).toList(),
        revocations.stream().filter(one -> one.at() >= time).toList(),
        forgeries.stream().filter(one -> one.at() >= time).toList(),
        corrections.stream().filter(one -> one.at() >= time).toList());
  }

  private static List<Seen> seen(List<Seen> all, long time) {
    return all.stream().filter(one -> one.at() <= time).toList();
  }

  private static List<Answered> answered(List<Answered> all, long time) {
    return all.stream()
        .filter(one -> one.at() <= time)
        .map(one -> new Answered(one.id(), one.at(), one.answered() <= time ? one.answered() : 0))
        .toList();
  }

  /** What a measure looks at, sorted, so that the order in which it came does not matter. */
  List<JsonObject> rows(PromiseMeasure measure) {
    List<JsonObject> rows =
        switch (measure) {
          case ROTATION_ON_TIME, KEYS_BELOW_CEILING, NEXT_KEY_AHEAD -> keyRows();
          case CHECKPOINT_PACE -> seenRows(checkpoints);
          case WITNESS_QUORUM -> seenRows(cosigned);
          case REVOCATION_EFFECTIVE -> answeredRows(revocations);
          case FORGERY_FOUND -> answeredRows(forgeries);
          case CORRECTION_IN_TIME -> answeredRows(corrections);
        };
    return rows.stream().sorted(Comparator.comparing(JsonObject::canonical)).toList();
  }

  /** The SHA-256 of promise, rows and their time in their canonical form (RFC 8785). */
  String inputsHash(Promise promise) {
    JsonObject inputs =
        JsonObject.builder()
            .put("as_of", asOf)
            .put("promise", promise.toJson())
            .put("rows", rows(promise.measure()))
            .build();
    return Hash.sha256(inputs.canonicalBytes()).hex();
  }

  /** The keys' lives as they are published. */
  public List<JsonObject> keyRows() {
    return keys.stream()
        .map(
            key ->
                JsonObject.builder()
                    .put("kid", key.kid())
                    .put("line", key.line())
                    .put("stated", key.stated())
                    .put("from", key.from())
                    .put("until", key.until())
                    .put("ended", key.ended())
                    .build())
        .toList();
  }

  private static List<JsonObject> seenRows(List<Seen> all) {
    return all.stream()
        .map(one -> JsonObject.builder().put("log", one.log()).put("at", one.at()).build())
        .toList();
  }

  private static List<JsonObject> answeredRows(List<Answered> all) {
    return all.stream()
        .map(
            one ->
                JsonObject.builder()
                    .put("id", one.id())
                    .put("at", one.at())
                    .put("answered", one.answered())
                    .build())
        .toList();
  }

  /** The file that other programs read. */
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("as_of", asOf)
        .put("keys", keyRows())
        .put("checkpoints", seenRows(checkpoints))
        .put("cosigned", seenRows(cosigned))
        .put("revocations", answeredRows(revocations))
        .put("forgeries", answeredRows(forgeries))
        .put("corrections", answeredRows(corrections))
        .build();
  }

  /**
   * Reads what {@link #toJson} writes.
   *
   * @throws FormatException naming the member that is wrong
   */
  public static PublicHistory parse(byte[] file) throws FormatException {
    return of(StrictJson.object(file, BYTES_MAX));
  }

  /** The same, of what was read already. */
  public static PublicHistory of(JsonObject json) throws FormatException {
    List<KeyLife> keys = new ArrayList<>();
    for (JsonObject key : json.objects("keys")) {
      keys.add(
          new KeyLife(
              key.string("kid"),
              key.string("line"),
              time(key, "stated"),
              time(key, "from"),
              time(key, "until"),
              time(key, "ended")));
    }
    return new PublicHistory(
        time(json, "as_of"),
        keys,
        seen(json, "checkpoints"),
        seen(json, "cosigned"),
        answered(json, "revocations"),
        answered(json, "forgeries"),
        answered(json, "corrections"));
  }

  static long time(JsonObject json, String name) throws FormatException {
    long time = json.number(name);
    if (time < 0 || time > TIME_MAX) {
      throw new FormatException("member " + name + " is no time between 1970 and 9999");
    }
    return time;
  }

  private static List<Seen> seen(JsonObject json, String name) throws FormatException {
    List<Seen> all = new ArrayList<>();
    for (JsonObject one : json.objects(name)) {
      all.add(new Seen(one.string("log"), time(one, "at")));
    }
    return all;
  }

  private static List<Answered> answered(JsonObject json, String name) throws FormatException {
    List<Answered> all = new ArrayList<>();
    for (JsonObject one : json.objects(name)) {
      all.add(new Answered(one.string("id"), time(one, "at"), time(one, "answered")));
    }
    return all;
  }
}
