package dev.counterfoil.cli.keys;

import dev.counterfoil.cli.command.DurationText;
import dev.counterfoil.format.keylog.KeyHistory.Life;
import dev.counterfoil.format.keylog.KeyLogEvent.WithdrawalReason;
import dev.counterfoil.format.keys.KeyStatement;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/**
 * Draws each key's life as a line in time. All lines have one scale, so that what stands above each
 * other happened at one time. It is that of the keys that follow each other here: of a key of
 * another issuer, which is good for a year, the line goes on beyond it.
 */
final class KeyTimeline {
  /** What the marks mean. */
  static final String LEGEND =
      ". prepared  = signs  - retired, its tokens verify  x taken back  < > before, after  | now";

  private static final int CHARACTERS = 56;

  private final Instant now;
  private final Instant start;
  private final Instant end;
  private final long spanSeconds;

  KeyTimeline(List<Life> lives, Instant now) {
    this.now = now;
    List<Life> own = lives.stream().filter(life -> !life.key().isForeign()).toList();
    List<Life> scaled = own.isEmpty() ? lives : own;
    this.start = scaled.stream().map(KeyTimeline::beginning).reduce(now, KeyTimeline::earlier);
    this.end =
        scaled.stream()
            .map(life -> life.key().verifyUntil())
            .filter(at -> at.isBefore(Instant.MAX))
            .max(Comparator.naturalOrder())
            .filter(at -> at.isAfter(now))
            .orElse(now);
    this.spanSeconds = Math.max(1, Duration.between(start, end).toSeconds());
  }

  private static Instant beginning(Life life) {
    return earlier(life.statedAt(), life.key().activeFrom());
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }

  /** From when to when the lines go. */
  String scale() {
    return "%s to %s, %s for each mark"
        .formatted(
            start,
            start.plusSeconds(spanSeconds),
            DurationText.inWords(Duration.ofSeconds(spanSeconds / CHARACTERS)));
  }

  /** A key's line. */
  String line(Life life) {
    StringBuilder line = new StringBuilder("[");
    int nowAt = mark(now);
    for (int i = 0; i < CHARACTERS; i++) {
      Instant from = start.plusSeconds(spanSeconds * i / CHARACTERS);
      Instant to = start.plusSeconds(spanSeconds * (i + 1) / CHARACTERS);
      char was = at(life, from, to);
      if (was != 'x' && i == 0 && isBefore(life, was)) {
        was = '<';
      } else if (was != 'x' && i == CHARACTERS - 1 && isAfter(life, was)) {
        was = '>';
      }
      line.append(i == nowAt ? '|' : was);
    }
    return line.append(']').toString();
  }

  /** Whether a life that is drawn at the scale's beginning, or ended by then, began before it. */
  private boolean isBefore(Life life, char first) {
    boolean isOver = !earlier(life.key().verifyUntil(), takenBackAt(life)).isAfter(start);
    return (first != ' ' || isOver) && beginning(life).isBefore(start);
  }

  /** Whether a life that is drawn at the scale's end, or begins only then, goes on after it. */
  private boolean isAfter(Life life, char last) {
    boolean isToCome = !beginning(life).isBefore(end);
    return (last != ' ' || isToCome) && life.key().verifyUntil().isAfter(end);
  }

  private int mark(Instant at) {
    return (int)
        Math.min(
            CHARACTERS - 1, Duration.between(start, at).toSeconds() * CHARACTERS / spanSeconds);
  }

  /** What a key was in a piece of time: that it signed there, or the last of what it was. */
  private static char at(Life life, Instant from, Instant to) {
    KeyStatement key = life.key();
    Instant late = to.minusSeconds(1).isBefore(from) ? from : to.minusSeconds(1);
    if (takenBackAt(life).isBefore(to)) {
      return takenBackAt(life).isBefore(from) ? ' ' : 'x';
    }
    if (life.allowed().stream()
        .anyMatch(one -> one.from().isBefore(to) && from.isBefore(one.until()))) {
      return '=';
    }
    if (!late.isBefore(key.verifyUntil())) {
      return from.isBefore(key.verifyUntil()) ? '-' : ' ';
    }
    if (!late.isBefore(key.activeFrom())) {
      return '-';
    }
    return late.isBefore(life.statedAt()) ? ' ' : '.';
  }

  /** When somebody took it back; the end of time when nobody did. */
  private static Instant takenBackAt(Life life) {
    Instant at = Instant.MAX;
    if (life.revoked().isPresent()) {
      at = earlier(at, life.revoked().get().at());
    }
    if (life.tainted().isPresent()) {
      at = earlier(at, life.tainted().get().at());
    }
    if (life.withdrawn().filter(key -> key.reason() == WithdrawalReason.COMPROMISED).isPresent()) {
      at = earlier(at, life.withdrawn().get().at());
    }
    return at;
  }

  /** What a key is now, in words. */
  String state(Life life) {
    KeyStatement key = life.key();
    if (life.withdrawn().isPresent()) {
      return life.withdrawn().get().reason() == WithdrawalReason.ENDED
          ? "withdrawn " + life.withdrawn().get().at() + ": all its tokens have expired"
          : "WITHDRAWN " + life.withdrawn().get().at() + ": all its tokens are invalid";
    }
    if (life.revoked().isPresent()) {
      return "REVOKED "
          + life.revoked().get().at()
          + ": tokens from position "
          + life.revoked().get().from()
          + " of log "
          + life.revoked().get().log()
          + " on are invalid";
    }
    if (life.tainted().isPresent()) {
      return "TAINTED: no token from " + life.tainted().get().from() + " on is valid";
    }
    if (life.retired().isPresent()) {
      return "retired "
          + life.retired().get().at()
          + ", its tokens verify until "
          + key.verifyUntil();
    }
    if (life.logEnded().isPresent()) {
      return "its log ended "
          + life.logEnded().get().at()
          + " at size "
          + life.logEnded().get().size()
          + ": no token past it is valid, those before it verify until "
          + key.verifyUntil();
    }
    if (now.isBefore(key.activeFrom())) {
      return "prepared, signs from "
          + key.activeFrom()
          + " on, in "
          + DurationText.inWords(Duration.between(now, key.activeFrom()));
    }
    if (now.isBefore(key.activeUntil())) {
      return "active, could sign until "
          + key.activeUntil()
          + ", for "
          + DurationText.inWords(Duration.between(now, key.activeUntil()));
    }
    return "ended " + key.activeUntil() + ", its tokens verify until " + key.verifyUntil();
  }
}
