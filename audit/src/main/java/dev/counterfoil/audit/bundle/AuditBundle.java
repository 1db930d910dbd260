package dev.counterfoil.audit.bundle;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.event.DeletionCover;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SharedProof;
import dev.counterfoil.format.note.SignedNote;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Checks a bundle (spec/audit-bundle.md) against the key of an audit log that the caller trusts:
 * the bundle's own word on its key counts for nothing. Needs no network.
 */
public final class AuditBundle {
  static final String VERSION = "counterfoil-audit/1";
  private static final int HEADER_BYTES_MAX = 1 << 20;

  /** The longest have a proof: as many hashes as can lie between the lines of a section. */
  private static final int LINE_BYTES_MAX =
      (BundleSection.LINES_MAX + 1) * SharedProof.BETWEEN_MAX * 48;

  /** Sections that are judged, or wait for it, while the next is read. */
  private static final int JUDGED_AT_ONCE = 4;

  private AuditBundle() {}

  /**
   * What a good bundle proves.
   *
   * @param origin of the audit log
   * @param size of the checkpoint
   * @param root of the checkpoint
   * @param domain whose sources reported
   * @param tenant whose events
   * @param query what was asked for, as the bundle says
   * @param events how many, each proved
   * @param firstMillis time of the earliest
   * @param lastMillis time of the latest
   * @param imported how many of them an operator brought in from elsewhere: their time is the word
   *     of the file that they came in
   * @param deleted how many stood in the log and were deleted since, by policy, as an event in the
   *     bundle says: of these the leaf alone is proved
   * @param total how many events the tenant has below the checkpoint, as the log's key states
   * @param since the size from which on the bundle goes; 0 for everything
   * @param complete whether these are all of the tenant's events from there on: nothing was
   *     selected, and they are as many as were stated. False where nothing shows that a tenant of
   *     whom there is no event has none
   * @param held what custodians say that they hold
   */
  public record Proved(
      String origin,
      long size,
      Hash root,
      String domain,
      String tenant,
      JsonObject query,
      long events,
      long firstMillis,
      long lastMillis,
      long imported,
      long deleted,
      long total,
      long since,
      boolean complete,
      List<Held> held) {
    public Proved {
      held = List.copyOf(held);
    }
  }

  /**
   * A custodian's word in a bundle.
   *
   * @param custodian his key, as the bundle names it
   * @param believed whether the caller named his key: else nothing of the word was checked, and
   *     nothing of it stands here
   * @param size he holds every event of the log below it
   * @param saidAt when he said so, by his clock, in seconds since 1970
   * @param covers how many of the events in the bundle, and of those that were deleted, are below
   * @param countedSize below which he counted the tenant's events, as many as the bundle and what
   *     came before it have there; -1 where he states no count
   * @param counted that number
   */
  public record Held(
      CosignerKey custodian,
      boolean believed,
      long size,
      long saidAt,
      long covers,
      long countedSize,
      long counted) {}

  private static final String DAMAGED = "damaged";

  /** The last line of an export that met damage: it is no bundle, and says why. */
  public static JsonObject damaged(String what) {
    return JsonObject.builder().put(DAMAGED, what).build();
  }

  /**
   * What a last line says of damage.
   *
   * @param line the line, or as much of its end as is at hand
   */
  public static Optional<String> damage(byte[] line) {
    try {
      JsonObject said = StrictJson.object(line, LINE_BYTES_MAX);
      return said.has(DAMAGED) ? Optional.of(said.string(DAMAGED)) : Optional.empty();
    } catch (FormatException e) {
      // Any other line, or the end of one.
      return Optional.empty();
    }
  }

  /**
   * Checks a bundle.
   *
   * @param trusted the audit log's key, from elsewhere than the bundle
   * @throws FormatException naming the line and what is wrong: nothing of the bundle is to be
   *     believed
   */
  public static Proved check(InputStream in, NoteKey trusted) throws FormatException, IOException {
    return check(in, trusted, List.of());
  }

  /**
   * The same, with the words of custodians.
   *
   * @param custodians whose words count; their keys are from elsewhere than the bundle
   */
  public static Proved check(InputStream in, NoteKey trusted, List<CosignerKey> custodians)
      throws FormatException, IOException {
    return new Check(in, trusted, custodians, Optional.empty()).run();
  }

  /**
   * The same for who wants the events; each must be one in every respect.
   *
   * @param visitor is given each event once it is proved
   */
  public static Proved check(InputStream in, NoteKey trusted, Consumer<StoredEvent> visitor)
      throws FormatException, IOException {
    return new Check(in, trusted, List.of(), Optional.of(visitor)).run();
  }

  /**
   * Reads the lines, and has their sections judged beside each other: what a line must be after the
   * one before it is seen here, what it must be by itself there.
   */
  private static final class Check {
    private final LineReader in;
    private final NoteKey trusted;
    private final List<CosignerKey> custodians;
    private final Optional<Consumer<StoredEvent>> visitor;
    private final DeletionCover cover = new DeletionCover();
    private final Deque<ForkJoinTask<BundleSection.Judged>> judging = new ArrayDeque<>();
    private List<BundleLine> open = new ArrayList<>();
    private List<BundleHeld> held = List.of();
    private @Nullable FormatException fault;
    private long last = -1;
    private long lines;
    private long deleted;
    private long events;
    private long firstMillis = Long.MAX_VALUE;
    private long lastMillis = -1;
    private long imported;

    Check(
        InputStream in,
        NoteKey trusted,
        List<CosignerKey> custodians,
        Optional<Consumer<StoredEvent>> visitor) {
      this.in = new LineReader(in);
      this.trusted = trusted;
      this.custodians = List.copyOf(custodians);
      this.visitor = visitor;
    }

    Proved run() throws FormatException, IOException {
      try {
        return read();
      } catch (FormatException | IllegalArgumentException e) {
        // What stands before has the first word.
        if (fault == null) {
          finish(0);
        }
        throw fault != null ? fault : BundleSection.at(in.number(), e);
      }
    }

    private Proved read() throws FormatException, IOException {
      JsonObject header = StrictJson.object(in.next(HEADER_BYTES_MAX), HEADER_BYTES_MAX);
      header.allowOnly(
          "bundle",
          "origin",
          "key",
          "policy",
          "checkpoint",
          "domain",
          "tenant",
          "query",
          "counts",
          "since",
          "held",
          "schema");
      if (!header.string("bundle").equals(VERSION)) {
        throw new FormatException("not a bundle of " + VERSION);
      }
      Checkpoint checkpoint = checkpoint(header);
      Fence fence = new Fence(header.string("domain"), header.string("tenant"));
      JsonObject query = header.object("query");
      boolean whole = query.names().isEmpty();
      BundleCounts counts = BundleCounts.verified(header, fence, checkpoint, trusted);
      held = BundleHeld.verified(header, fence, checkpoint, counts, whole, custodians);
      last = counts.since() - 1;
      BundleSection.Claim claim = new BundleSection.Claim(checkpoint, fence, visitor.isPresent());
      while (true) {
        byte[] bytes = in.next(LINE_BYTES_MAX);
        Optional<BundleLine> event = BundleLine.event(in.number(), bytes);
        if (event.isPresent()) {
          shown(event.get(), checkpoint, whole, counts.before() + lines);
          continue;
        }
        JsonObject line = StrictJson.object(bytes, LINE_BYTES_MAX);
        if (line.has("digest") && whole) {
          shown(BundleLine.deleted(in.number(), line), checkpoint, true, counts.before() + lines);
          deleted++;
          cover.isGone(last);
        } else if (line.has("proof") && !open.isEmpty()) {
          section(new BundleSection(open, in.number(), line), claim);
          open = new ArrayList<>();
        } else {
          finish(0);
          end(line, whole, counts);
          return new Proved(
              checkpoint.origin(),
              checkpoint.size(),
              checkpoint.root(),
              fence.domain(),
              fence.tenant(),
              query,
              events,
              events == 0 ? -1 : firstMillis,
              lastMillis,
              imported,
              deleted,
              counts.total(),
              counts.since(),
              whole && counts.isStated(),
              saidByCustodians(counts));
        }
      }
    }

    private Checkpoint checkpoint(JsonObject header) throws FormatException {
      SignedNote note =
          SignedNote.parse(header.string("checkpoint").getBytes(StandardCharsets.UTF_8));
      if (!note.isSignedBy(trusted)) {
        throw new FormatException("the checkpoint is not signed by the key of " + trusted.name());
      }
      Checkpoint checkpoint = Checkpoint.parse(note.text());
      if (!checkpoint.origin().equals(trusted.name())) {
        throw new FormatException("the checkpoint is of another log than its key");
      }
      return checkpoint;
    }

    /** A line that shows a leaf: behind the last one, and in a whole bundle its tenant's next. */
    private void shown(BundleLine line, Checkpoint checkpoint, boolean whole, long expected)
        throws FormatException {
      long before = last;
      if (line.position() <= before || line.position() >= checkpoint.size()) {
        throw new FormatException("the position does not follow, or is beyond the checkpoint");
      }
      if (whole && line.n() != expected) {
        throw new FormatException(
            "event number %d of the tenant is missing: its position is between %d and %d"
                .formatted(expected, before, line.position()));
      }
      if (!whole && line.n() >= 0) {
        throw new FormatException("an event of a selection has a number");
      }
      if (open.size() == BundleSection.LINES_MAX) {
        throw new FormatException(
            "more than %d events have one proof".formatted(BundleSection.LINES_MAX));
      }
      last = line.position();
      lines++;
      held.forEach(word -> word.shows(last));
      open.add(line);
    }

    private List<Held> saidByCustodians(BundleCounts counts) throws FormatException {
      List<Held> said = new ArrayList<>();
      for (BundleHeld word : held) {
        said.add(word.proved(counts.before()));
      }
      return said;
    }

    private void section(BundleSection section, BundleSection.Claim claim) throws FormatException {
      judging.add(ForkJoinPool.commonPool().submit(() -> section.judge(claim)));
      finish(JUDGED_AT_ONCE);
    }

    /** Takes in what the oldest sections came to, until so many are left. */
    private void finish(int left) throws FormatException {
      while (judging.size() > left) {
        BundleSection.Judged judged = judging.remove().join();
        fault = judged.fault();
        if (fault != null) {
          throw fault;
        }
        events += judged.events();
        firstMillis = Math.min(firstMillis, judged.firstMillis());
        lastMillis = Math.max(lastMillis, judged.lastMillis());
        imported += judged.imported();
        for (StoredEvent one : judged.ofAuditor()) {
          cover.says(one);
        }
        visitor.ifPresent(each -> judged.given().forEach(each));
      }
    }

    private void end(JsonObject line, boolean whole, BundleCounts counts)
        throws FormatException, IOException {
      if (line.has(DAMAGED)) {
        throw new FormatException(
            "it was broken off where it was written: something is damaged there, which this line names");
      }
      line.allowOnly("end", "events", "deleted");
      if (!open.isEmpty()) {
        throw new FormatException("the last events have no proof");
      }
      if (!line.truth("end")
          || line.number("events") != events
          || line.optionalNumber("deleted").orElse(0L) != deleted) {
        throw new FormatException("the bundle says that it has another number of events");
      }
      if (!in.isAtEnd()) {
        throw new FormatException("the bundle goes on after its end");
      }
      long have = counts.before() + lines;
      if (whole && have < counts.total()) {
        throw new FormatException(
            "event number %d of the tenant is missing, and all behind it: the log's key states %d, and those here end at position %d"
                .formatted(have, counts.total(), last));
      }
      if (whole && have > counts.total()) {
        throw new FormatException(
            "the bundle has more events than the %d that the log's key states"
                .formatted(counts.total()));
      }
      cover.requireAll();
    }
  }
}
