package dev.counterfoil.audit.intake;

import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.names.SourceStream;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which numbers of which streams are recorded, so that a repetition is none and a gap is seen. A
 * stream is a source and, where it has several logs, the log's name ({@code metadata.log_name}).
 * Belongs to one thread.
 */
public final class Sequences {
  /** Most streams of one source. */
  static final int STREAMS_MAX = 1024;

  /** Most gaps that one stream remembers: of more, the oldest is forgotten and stays a gap. */
  static final int GAPS_MAX = 1000;

  /**
   * Most ranges that all streams of one source have together, beside two for each: what a source
   * can have this process remember. Beyond, the oldest gap of the stream that grows is forgotten.
   */
  static final int RANGES_MAX = 8_192;

  /** Newest events whose content is remembered, to tell a repetition from a number used twice. */
  static final int CONTENTS_MAX = 16_384;

  /** What a number is. */
  enum Verdict {
    /** New; it is claimed now. */
    NEW,
    /** Recorded, or claimed, with the same content as far as is remembered. */
    REPEATED,
    /** Recorded with another content. */
    REUSED,
    /** The source has too many streams. */
    TOO_MANY_STREAMS
  }

  /**
   * Numbers that are missing.
   *
   * @param stream whose
   * @param first the first
   * @param last the last
   */
  public record Gap(SourceStream stream, long first, long last) {}

  /**
   * A stream that fell silent, or speaks again.
   *
   * @param stream whose
   * @param tenant whose events its heartbeats are
   * @param silent whether nothing comes any more
   * @param lastMillis when something came last
   * @param everySeconds how often it said that something would
   */
  public record Heard(
      SourceStream stream, String tenant, boolean silent, long lastMillis, long everySeconds) {}

  private record Numbered(SourceStream stream, long sequence) {}

  /** Ranges that are recorded, by their first number, and up to where gaps were announced. */
  private static final class Ranges {
    final SourceStream stream;
    final Remembered of;
    final TreeMap<Long, Long> lastByFirst = new TreeMap<>();
    long announced = -1;
    // Of streams that say from time to time that they are there.
    long everySeconds;
    long heardMillis;
    boolean silent;
    String tenant = "";

    Ranges(SourceStream stream, Remembered of) {
      this.stream = stream;
      this.of = of;
    }
  }

  /** How much one source has this process remember. */
  private static final class Remembered {
    int streams;
    int ranges;
  }

  /** After so many heartbeats that did not come, a stream is silent. */
  static final int BEATS_MISSED_MAX = 3;

  /**
   * Streams that fell silent, or speak again, of which the log does not say so yet; they count as
   * said.
   *
   * @param startedMillis since when we listen: nobody is silent for what we did not hear
   */
  public List<Heard> changedSilences(long nowMillis, long startedMillis) {
    List<Heard> changed = new ArrayList<>();
    streams.forEach(
        (stream, ranges) -> {
          long since = Math.max(ranges.heardMillis, startedMillis);
          boolean silent =
              ranges.everySeconds > 0
                  && nowMillis - since > ranges.everySeconds * 1000 * BEATS_MISSED_MAX;
          boolean spoke = ranges.heardMillis >= startedMillis && !silent;
          if ((silent && !ranges.silent) || (ranges.silent && spoke)) {
            ranges.silent = silent;
            changed.add(
                new Heard(stream, ranges.tenant, silent, ranges.heardMillis, ranges.everySeconds));
          }
        });
    return changed;
  }

  /** Takes back that it was said. */
  public void unsaid(Heard heard) {
    Ranges ranges = streams.get(heard.stream());
    if (ranges != null) {
      ranges.silent = !heard.silent();
    }
  }

  private @Nullable Ranges heard(SourceStream stream, long takenMillis) {
    Ranges ranges = streams.get(stream);
    // What an operator brought in promises no heartbeat to anybody here.
    if (ranges == null
        || Source.isAuditor(stream.source())
        || AuditEvent.isImport(stream.source())) {
      return null;
    }
    ranges.heardMillis = Math.max(ranges.heardMillis, takenMillis);
    return ranges;
  }

  private void heard(SourceStream stream, AuditEvent event) {
    Ranges ranges = heard(stream, event.loggedMillis());
    if (ranges != null
        && event.classUid() == AuditEvent.SOURCE_ACTIVITY
        && event.json().get("event_source") instanceof JsonObject about
        && about.get("heartbeat_seconds") instanceof Long every
        && every > 0
        && every <= HEARTBEAT_SECONDS_MAX) {
      ranges.everySeconds = every;
      ranges.tenant = event.tenant();
    }
  }

  /** Longest time between two heartbeats that is listened to: a day. */
  static final long HEARTBEAT_SECONDS_MAX = 86_400;

  private final Map<SourceStream, Ranges> streams = new LinkedHashMap<>();
  private final Map<String, Remembered> sources = new LinkedHashMap<>();
  private final LinkedHashMap<Numbered, Long> contents = new LinkedHashMap<>();
  private boolean remembersContents = true;

  /** From now on no content is remembered: for who follows what is recorded, and judges nothing. */
  public void forgetContents() {
    remembersContents = false;
    contents.clear();
  }

  /** Claims a number of an event that was reported, or recorded. */
  Verdict claim(SourceStream stream, AuditEvent event) {
    return claim(stream, event.sequence(), remembersContents ? content(event) : 0);
  }

  /**
   * Claims a number.
   *
   * @param content of the event: {@link #content}
   */
  Verdict claim(SourceStream stream, long sequence, long content) {
    Ranges ranges = streams.get(stream);
    if (ranges == null) {
      Remembered of = sources.get(stream.source());
      if (of != null && of.streams >= STREAMS_MAX) {
        return Verdict.TOO_MANY_STREAMS;
      }
      ranges = begin(stream);
    }
    // The name that is kept already: one that each event brings would be kept as often.
    Numbered number = new Numbered(ranges.stream, sequence);
    if (!add(ranges, sequence)) {
      Long known = contents.get(number);
      return known == null || known == content ? Verdict.REPEATED : Verdict.REUSED;
    }
    if (remembersContents) {
      contents.put(number, content);
      if (contents.size() > CONTENTS_MAX) {
        contents.pollFirstEntry();
      }
    }
    return Verdict.NEW;
  }

  private Ranges begin(SourceStream stream) {
    Remembered of = sources.computeIfAbsent(stream.source(), _ -> new Remembered());
    of.streams++;
    Ranges ranges = new Ranges(stream, of);
    streams.put(stream, ranges);
    return ranges;
  }

  /** Takes back a claim that was not recorded. */
  void unclaim(SourceStream stream, long sequence) {
    Ranges ranges = streams.get(stream);
    if (ranges != null) {
      remove(ranges, sequence);
      contents.remove(new Numbered(stream, sequence));
    }
  }

  /** What was missing right before a number, when that was not said yet; it counts as said. */
  Optional<Gap> gapBefore(SourceStream stream, long sequence) {
    Ranges ranges = streams.get(stream);
    if (ranges == null) {
      return Optional.empty();
    }
    Map.Entry<Long, Long> own = ranges.lastByFirst.floorEntry(sequence);
    Map.Entry<Long, Long> before = own == null ? null : ranges.lastByFirst.lowerEntry(own.getKey());
    if (own == null || before == null || own.getKey() - 1 <= ranges.announced) {
      return Optional.empty();
    }
    ranges.announced = own.getKey() - 1;
    return Optional.of(new Gap(stream, before.getValue() + 1, own.getKey() - 1));
  }

  /** Takes note that everything up to a number was announced: a start, or a gap's event. */
  void announced(SourceStream stream, long upTo) {
    Ranges ranges = streams.get(stream);
    if (ranges != null) {
      ranges.announced = Math.max(ranges.announced, upTo);
    }
  }

  /** Gaps that were not announced: what a crash left. They count as said. */
  public List<Gap> unannounced() {
    List<Gap> found = new ArrayList<>();
    streams.forEach(
        (stream, ranges) -> {
          long last = -1;
          for (Map.Entry<Long, Long> range : ranges.lastByFirst.entrySet()) {
            if (last >= 0 && range.getKey() - 1 > ranges.announced) {
              found.add(new Gap(stream, last + 1, range.getKey() - 1));
              ranges.announced = range.getKey() - 1;
            }
            last = range.getValue();
          }
        });
    return found;
  }

  /** The largest number of a stream; -1 before the first. */
  long last(SourceStream stream) {
    Ranges ranges = streams.get(stream);
    return ranges == null || ranges.lastByFirst.isEmpty()
        ? -1
        : ranges.lastByFirst.lastEntry().getValue();
  }

  /**
   * What tells an event from another one with its number; costs a hash, and may be made on any
   * thread.
   */
  static long content(AuditEvent event) {
    byte[] reported = event.reporter().isEmpty() ? event.canonicalBytes() : event.reportedBytes();
    byte[] digest = Hash.sha256(reported).bytes();
    long content = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      content = (content << 8) | (digest[i] & 0xff);
    }
    return content;
  }

  private static boolean add(Ranges to, long number) {
    int before = to.lastByFirst.size();
    boolean isNew = add(to.lastByFirst, number);
    to.of.ranges += to.lastByFirst.size() - before;
    // The newest gap stays, which is yet to be announced.
    while (to.lastByFirst.size() > GAPS_MAX + 1
        || (to.of.ranges > RANGES_MAX && to.lastByFirst.size() > 2)) {
      Map.Entry<Long, Long> oldest = to.lastByFirst.pollFirstEntry();
      Map.Entry<Long, Long> next = to.lastByFirst.pollFirstEntry();
      to.lastByFirst.put(oldest.getKey(), next.getValue());
      to.of.ranges--;
    }
    return isNew;
  }

  private static boolean add(NavigableMap<Long, Long> ranges, long number) {
    Map.Entry<Long, Long> below = ranges.floorEntry(number);
    if (below != null && below.getValue() >= number) {
      return false;
    }
    long first = below != null && below.getValue() == number - 1 ? below.getKey() : number;
    Long after = ranges.get(number + 1);
    if (after != null) {
      ranges.remove(number + 1);
    }
    ranges.put(first, after == null ? number : after);
    return true;
  }

  private static void remove(Ranges from, long number) {
    int before = from.lastByFirst.size();
    remove(from.lastByFirst, number);
    from.of.ranges += from.lastByFirst.size() - before;
  }

  private static void remove(NavigableMap<Long, Long> ranges, long number) {
    Map.Entry<Long, Long> range = ranges.floorEntry(number);
    if (range == null || range.getValue() < number) {
      return;
    }
    ranges.remove(range.getKey());
    if (range.getKey() < number) {
      ranges.put(range.getKey(), number - 1);
    }
    if (range.getValue() > number) {
      ranges.put(number + 1, range.getValue());
    }
  }

  /** All of it but the contents, to go on from. */
  public JsonObject toJson() {
    List<JsonObject> list = new ArrayList<>();
    streams.forEach(
        (stream, ranges) -> {
          List<JsonObject> pairs = new ArrayList<>();
          ranges.lastByFirst.forEach(
              (first, last) ->
                  pairs.add(JsonObject.builder().put("first", first).put("last", last).build()));
          list.add(
              JsonObject.builder()
                  .put("source", stream.source())
                  .put("log", stream.log())
                  .put("announced", ranges.announced)
                  .put("every", ranges.everySeconds)
                  .put("heard", ranges.heardMillis)
                  .put("silent", ranges.silent)
                  .put("tenant", ranges.tenant)
                  .put("ranges", pairs)
                  .build());
        });
    return JsonObject.builder().put("streams", list).build();
  }

  /** Another of the same. */
  public Sequences copy() {
    Sequences copy = new Sequences();
    streams.forEach(
        (stream, ranges) -> {
          Ranges own = copy.begin(stream);
          own.lastByFirst.putAll(ranges.lastByFirst);
          own.of.ranges += own.lastByFirst.size();
          own.announced = ranges.announced;
          own.everySeconds = ranges.everySeconds;
          own.heardMillis = ranges.heardMillis;
          own.silent = ranges.silent;
          own.tenant = ranges.tenant;
        });
    copy.contents.putAll(contents);
    return copy;
  }

  /** Reads what {@link #toJson} wrote. */
  public static Sequences of(JsonObject json) throws FormatException {
    Sequences sequences = new Sequences();
    for (JsonObject one : json.objects("streams")) {
      Ranges ranges = sequences.begin(new SourceStream(one.string("source"), one.string("log")));
      ranges.announced = one.number("announced");
      if (one.has("every")) {
        ranges.everySeconds = one.number("every");
        ranges.heardMillis = one.number("heard");
        ranges.silent = one.truth("silent");
        ranges.tenant = one.string("tenant");
      }
      for (JsonObject pair : one.objects("ranges")) {
        ranges.lastByFirst.put(pair.number("first"), pair.number("last"));
      }
      ranges.of.ranges += ranges.lastByFirst.size();
    }
    return sequences;
  }

  /** Takes up the number of an event of which nothing else is known any more. */
  public void recorded(SourceStream stream, long sequence) {
    Ranges ranges = streams.get(stream);
    add(ranges == null ? begin(stream) : ranges, sequence);
  }

  /** Takes up an event that is recorded and says nothing of its source but its number. */
  public void recorded(SourceStream stream, long sequence, long takenMillis) {
    recorded(stream, sequence);
    heard(stream, takenMillis);
  }

  /** Takes up an event that is recorded, when a log is opened again. */
  public void recorded(AuditEvent event) {
    SourceStream stream = SourceStream.of(event.reporter().orElseThrow(), event);
    claim(stream, event);
    heard(stream, event);
    if (event.classUid() != AuditEvent.SOURCE_ACTIVITY) {
      return;
    }
    if (event.activityId() == OwnEvents.START) {
      announced(stream, event.sequence() - 1);
    }
    if (event.activityId() == OwnEvents.GAP
        && Source.isAuditor(stream.source())
        && event.json().get("event_source") instanceof JsonObject about
        && about.get("uid") instanceof String source
        && about.get("name") instanceof String log
        && about.get("last_sequence") instanceof Long last) {
      announced(new SourceStream(source, log), last);
    }
    if ((event.activityId() == OwnEvents.SILENCE || event.activityId() == OwnEvents.RESUME)
        && Source.isAuditor(stream.source())
        && event.json().get("event_source") instanceof JsonObject about
        && about.get("uid") instanceof String source
        && about.get("name") instanceof String log) {
      Ranges told = streams.get(new SourceStream(source, log));
      if (told != null) {
        told.silent = event.activityId() == OwnEvents.SILENCE;
      }
    }
  }
}
