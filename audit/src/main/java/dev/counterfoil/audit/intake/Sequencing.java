package dev.counterfoil.audit.intake;

import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.event.EventOutline;
import dev.counterfoil.audit.event.Kept;
import dev.counterfoil.audit.event.ReadyEvent;
import dev.counterfoil.audit.event.RecentEvents;
import dev.counterfoil.audit.event.StoreRow;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.names.EventPeople;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.audit.names.SourceStream;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.log.Refusal;
import dev.counterfoil.log.Submission;
import dev.counterfoil.log.record.RecordedEvent;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Events on their way through the log's one thread, the sequencer's: there a source's event is held
 * against the numbers that were recorded, one of our own gets its number, and each gets its
 * position and goes to the index when it is durable. Whoever handed it in waits on another thread.
 */
final class Sequencing {
  /** The number after the last one. */
  private static final long NEXT = -1;

  private final Sequences sequences;
  private final RecentEvents recent;
  private final Names names;

  /** Numbers that are composed and not durable; on the sequencer's thread only. */
  private final Set<Pending> pending = new HashSet<>();

  private record Pending(SourceStream stream, long sequence) {}

  /**
   * For a log that begins to take events.
   *
   * @param sequences what is recorded in it; from now on the sequencer's alone
   * @param recent takes what becomes durable, for the index
   * @param names under whose keys events are kept
   */
  Sequencing(Sequences sequences, RecentEvents recent, Names names) {
    this.sequences = sequences;
    this.recent = recent;
    this.names = names;
  }

  /**
   * A source's event, to be sealed and handed in.
   *
   * @param source name of who reported it
   * @param number its line in the batch
   * @param reported as the source sent it
   * @param received the same as it is recorded
   * @param told the last number of which its source was told that it is recorded; -1 where it does
   *     not say
   * @param done counted down when it is known what becomes of it
   */
  Reported reported(
      String source,
      int number,
      AuditEvent reported,
      AuditEvent received,
      long told,
      CountDownLatch done) {
    return new Reported(source, number, reported, received, told, done);
  }

  /** An event of our own, to be handed in. */
  Own own(Source source, OwnEvents.Draft draft) {
    return new Own(source, new SourceStream(source.name(), ""), NEXT, draft);
  }

  /** One that has its number, and may be recorded already. */
  Own own(Source source, String log, long number, OwnEvents.Draft draft) {
    return new Own(source, new SourceStream(source.name(), log), number, draft);
  }

  /** Waits for all of a batch; an interruption is kept for later. */
  static void await(CountDownLatch done) {
    boolean interrupted = false;
    while (true) {
      try {
        done.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for what the log makes of it. */
  abstract static class Waiting implements Submission {
    private final CountDownLatch done;
    private volatile @Nullable String unavailable;

    private Waiting(CountDownLatch done) {
      this.done = done;
    }

    /** Why it is not recorded; null where it is, or was before. */
    @Nullable String unavailable() {
      return unavailable;
    }

    void end(@Nullable String why) {
      unavailable = why;
      done.countDown();
    }

    /** Until it is durable, or is not taken. */
    void await() {
      Sequencing.await(done);
    }
  }

  /** A source's event on its way; its verdict and gap are read when it was waited for. */
  final class Reported extends Waiting {
    private final int number;
    private final String tenant;
    private final long sequence;
    private final boolean isStart;
    private final int bytes;
    private final long content;
    private final SourceStream stream;
    private final Pending own;
    private final long told;

    /** Gone once its row is made, which has a fraction of its memory and may wait for a while. */
    private @Nullable AuditEvent event;

    private EventOutline.@Nullable Sealed sealed;
    private @Nullable EventPeople people;
    private @Nullable StoreRow row;
    private boolean composed;
    private volatile Sequences.Verdict verdict = Sequences.Verdict.NEW;
    private volatile Sequences.@Nullable Gap gap;
    private volatile @Nullable Long lostAfter;

    private Reported(
        String source,
        int number,
        AuditEvent reported,
        AuditEvent event,
        long told,
        CountDownLatch done) {
      super(done);
      this.told = told;
      this.number = number;
      this.event = event;
      this.tenant = event.tenant();
      this.sequence = event.sequence();
      this.isStart =
          event.classUid() == AuditEvent.SOURCE_ACTIVITY && event.activityId() == OwnEvents.START;
      this.bytes = event.canonicalBytes().length;
      // Hashed here: the sequencer's thread is one for all.
      this.content = Sequences.content(reported);
      this.stream = SourceStream.of(source, event);
      this.own = new Pending(stream, sequence);
    }

    /** Its line in the batch, from 1. */
    int number() {
      return number;
    }

    /** Whose it is. */
    String tenant() {
      return tenant;
    }

    /** What its number came to. */
    Sequences.Verdict verdict() {
      return verdict;
    }

    /** What is missing before it; null where nothing is. */
    Sequences.@Nullable Gap gap() {
      return gap;
    }

    /** What was recorded once and is not here any more; empty where nothing is. */
    Optional<String> lost() {
      Long after = lostAfter;
      return after == null
          ? Optional.empty()
          : Optional.of(
              stream.source()
                  + " was told that its event "
                  + told
                  + " is recorded, and the last one here is "
                  + after);
    }

    /** The names in it, where it is not sealed yet. */
    Set<Names.Named> named() {
      AuditEvent whole = event;
      return sealed != null || whole == null ? Set.of() : EventPeople.namedIn(whole);
    }

    /**
     * Once its names are known: all of it that needs no position, on the caller's thread. What is
     * sealed already stays as it is.
     */
    void seal() {
      AuditEvent whole = event;
      if (sealed != null || whole == null) {
        return;
      }
      EventPeople of = EventPeople.of(names, whole);
      people = of;
      sealed = EventOutline.seal(whole, of);
      if (whole.classUid() != AuditEvent.SOURCE_ACTIVITY) {
        row = StoreRow.of(-1, whole, of);
        event = null;
      }
    }

    @Override
    public Optional<RecordedEvent> compose(long position, long timeMillis) {
      long last = sequences.last(stream);
      lostAfter = told > last ? last : null;
      verdict = sequences.claim(stream, sequence, content);
      if (verdict == Sequences.Verdict.NEW) {
        pending.add(own);
        composed = true;
        return Optional.of(Objects.requireNonNull(sealed).at(position, timeMillis));
      }
      // What it repeats may not be durable yet: then nothing may be promised.
      end(pending.contains(own) ? "in-flight" : null);
      return Optional.empty();
    }

    @Override
    public void recorded(long position) {
      pending.remove(own);
      recent.add(kept(position));
      if (isStart) {
        sequences.announced(stream, sequence - 1);
      }
      gap = sequences.gapBefore(stream, sequence).orElse(null);
      end(null);
    }

    /** What a source says of itself the index reads in the event. */
    private Kept kept(long position) {
      StoreRow made = row;
      return made == null
          ? new StoredEvent(
              position,
              Objects.requireNonNull(sealed).salt(),
              Objects.requireNonNull(event),
              Optional.ofNullable(people))
          : new ReadyEvent(made.at(position), stream, bytes);
    }

    @Override
    public void refused(Refusal refusal) {
      takeBack();
      end(refusal.code());
    }

    @Override
    public void failed(Throwable cause) {
      takeBack();
      end("failed");
    }

    private void takeBack() {
      if (composed) {
        pending.remove(own);
        sequences.unclaim(stream, sequence);
      }
    }
  }

  /** An event of our own on its way: it gets its number where positions are given. */
  final class Own extends Waiting {
    private final Source source;
    private final SourceStream stream;
    private final long number;
    private final OwnEvents.Draft draft;
    private volatile Sequences.Verdict verdict = Sequences.Verdict.NEW;
    private EventOutline.@Nullable Sealed sealed;
    private @Nullable EventPeople people;
    private @Nullable AuditEvent event;
    private @Nullable AuditEvent received;

    private Own(Source source, SourceStream stream, long number, OwnEvents.Draft draft) {
      super(new CountDownLatch(1));
      this.source = source;
      this.stream = stream;
      this.number = number;
      this.draft = draft;
    }

    /** Whatever its number will be. */
    Set<Names.Named> named() {
      try {
        return EventPeople.namedIn(draft.numbered(0).received(source.name(), 0));
      } catch (FormatException e) {
        throw new IllegalStateException("an event of our own is not one", e);
      }
    }

    /** What its number came to. */
    Sequences.Verdict verdict() {
      return verdict;
    }

    String domain() {
      return source.domain();
    }

    /** What the log holds, once it was waited for; empty where it had been recorded before. */
    Optional<AuditEvent> recordedEvent() {
      return verdict == Sequences.Verdict.NEW ? Optional.ofNullable(received) : Optional.empty();
    }

    /** It must not be lost among what sources send. */
    @Override
    public boolean mayTakeReserve() {
      return true;
    }

    @Override
    public Optional<RecordedEvent> compose(long position, long timeMillis) {
      try {
        AuditEvent numbered = draft.numbered(number == NEXT ? sequences.last(stream) + 1 : number);
        verdict = sequences.claim(stream, numbered);
        if (verdict != Sequences.Verdict.NEW) {
          end(null);
          return Optional.empty();
        }
        event = numbered;
        AuditEvent whole = numbered.received(source.name(), timeMillis);
        received = whole;
        EventPeople of = EventPeople.of(names, whole);
        people = of;
        EventOutline.Sealed made = EventOutline.seal(whole, of);
        sealed = made;
        return Optional.of(made.at(position, timeMillis));
      } catch (FormatException e) {
        throw new IllegalStateException("an event of our own is not one", e);
      }
    }

    @Override
    public void recorded(long position) {
      if (received != null) {
        recent.add(
            new StoredEvent(
                position,
                Objects.requireNonNull(sealed).salt(),
                received,
                Optional.ofNullable(people)));
      }
      end(null);
    }

    @Override
    public void refused(Refusal refusal) {
      takeBack();
      end(refusal.code());
    }

    @Override
    public void failed(Throwable cause) {
      takeBack();
      end("failed");
    }

    private void takeBack() {
      if (event != null) {
        sequences.unclaim(stream, event.sequence());
      }
    }
  }
}
