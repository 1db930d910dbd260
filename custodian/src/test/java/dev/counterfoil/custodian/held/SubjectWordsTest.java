package dev.counterfoil.custodian.held;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.verifier.SettableClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A person's tokens are found by the index as by a walk through those of all. */
final class SubjectWordsTest {
  private static final String LOG = RecordedIssuer.LOG;
  private static final List<String> TENANTS = List.of("acme", "globex");
  private static final int PEOPLE = 5;
  private static final int PAGE = 7;

  @TempDir Path folder;
  private Path of = Path.of("");
  private final Random random = new Random(17);
  private final RecordedIssuer issuer =
      new RecordedIssuer(
          "acme",
          "https://login.example",
          new SettableClock(Instant.parse("2026-11-01T10:00:00Z")));

  @SuppressWarnings("NullAway.Init") // by names
  private NameTable names;

  @BeforeEach
  void names() throws IOException {
    of = Files.createDirectories(folder.resolve("custody").resolve("acme").resolve(LOG));
    names = new NameTable(folder.resolve("custody").resolve("names"));
  }

  private CustodyLog open() throws IOException {
    return new CustodyLog(of, LOG, names);
  }

  /** Tokens of people and tenants by chance; a subject is of both tenants. */
  private void append(CustodyLog log, int count) throws Exception {
    for (int i = 0; i < count; i++) {
      long position = log.size();
      byte[] record =
          RecordedIssuer.recordOf(
              position,
              issuer
                  .draft(issuer.key, LOG, position)
                  .claim("sub", "person" + random.nextInt(PEOPLE))
                  .claim("tenant", TENANTS.get(random.nextInt(2)))
                  .signingInput(),
              LOG + position);
      log.append(HeldToken.parse(record, LOG), record);
    }
    TestVouching.vouch(log, LOG);
  }

  private interface Look {
    HeldSegments.Positions from(long at) throws IOException;
  }

  private static List<Long> all(Look look, long begin) throws IOException {
    List<Long> found = new ArrayList<>();
    for (OptionalLong at = OptionalLong.of(begin); at.isPresent(); ) {
      HeldSegments.Positions page = look.from(at.getAsLong());
      assertThat(page.positions().size()).isLessThanOrEqualTo(PAGE);
      found.addAll(page.positions());
      at = page.next();
    }
    return found;
  }

  /** How many positions of others the index gave, which only makes it slower. */
  private int same(CustodyLog log) throws Exception {
    HeldSegments held = log.held();
    long size = log.vouchedSize();
    int others = 0;
    for (String name : TENANTS) {
      int tenant = names.find(name).orElseThrow();
      List<Long> walked = all(at -> held.positionsOf(tenant, at, size, PAGE), 0);
      for (int i = 0; i < PEOPLE; i++) {
        String subject = "person" + i;
        List<Long> expected = new ArrayList<>();
        for (long position : walked) {
          if (isOf(held, position, subject)) {
            expected.add(position);
          }
        }
        List<Long> found = all(at -> held.positionsOf(tenant, subject, at, size, PAGE), 0);
        List<Long> backward =
            all(at -> held.positionsBefore(tenant, subject, at, size, PAGE), size);
        Collections.reverse(backward);
        assertThat(backward).isEqualTo(found);
        others += found.size() - expected.size();
        List<Long> own = new ArrayList<>();
        for (long position : found) {
          if (isOf(held, position, subject)) {
            own.add(position);
          }
        }
        assertThat(own).isEqualTo(expected);
        // From the middle of a segment on, too.
        long middle = size / 2;
        assertThat(all(at -> held.positionsOf(tenant, subject, at, size, PAGE), middle))
            .isEqualTo(found.stream().filter(position -> position >= middle).toList());
      }
    }
    return others;
  }

  private static boolean isOf(HeldSegments held, long position, String subject) throws IOException {
    return held.counterfoil(position).flatMap(HeldToken::subject).equals(Optional.of(subject));
  }

  private void closeSegment(CustodyLog log) throws IOException {
    assertThat(log.closeOld(Long.MAX_VALUE)).isTrue();
  }

  private void forget(String kind) throws IOException {
    try (var files = Files.list(of)) {
      for (Path file : files.filter(one -> one.toString().endsWith(kind)).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void theIndexFindsWhatTheWalkFindsAndNothingElse() throws Exception {
    try (CustodyLog log = open()) {
      for (int segment = 0; segment < 3; segment++) {
        append(log, 90 + 11 * segment);
        assertThat(same(log)).isZero();
        closeSegment(log);
        assertThat(same(log)).isZero();
      }
      append(log, 40);
      assertThat(same(log)).isZero();
      // Eight bytes a token.
      assertThat(Files.size(of.resolve("0000000000.subjects"))).isEqualTo(90 * 8);
    }
  }

  @Test
  void aCrashInTheMiddleLeavesItWhole() throws Exception {
    CustodyLog killed = open();
    append(killed, 50);
    closeSegment(killed);
    append(killed, 60);
    // Nothing is closed, and the next one reads the open segment again.
    try (CustodyLog log = open()) {
      assertThat(same(log)).isZero();
      append(log, 10);
      closeSegment(log);
    }
    // A segment was closing: everything but its end is written.
    Files.delete(of.resolve("0000000001.frontier"));
    try (CustodyLog log = open()) {
      assertThat(same(log)).isZero();
      append(log, 10);
      assertThat(same(log)).isZero();
      closeSegment(log);
      append(log, 5);
      assertThat(same(log)).isZero();
      log.dropUnvouched();
      assertThat(same(log)).isZero();
    }
  }

  @Test
  void whatIsLostIsFoundOutAgain() throws Exception {
    try (CustodyLog log = open()) {
      append(log, 50);
      closeSegment(log);
      append(log, 60);
      closeSegment(log);
      append(log, 20);
      forget(".subjects");
      assertThat(same(log)).as("the walk stands in").isPositive();
      assertThat(log.held().findSubjects()).isTrue();
      assertThat(log.held().findSubjects()).isTrue();
      assertThat(log.held().findSubjects()).isFalse();
      assertThat(same(log)).isZero();

      log.held().archive(Long.MAX_VALUE, new SecureRandom());
      assertThat(same(log)).isZero();
      forget(".subjects");
      while (log.held().findSubjects()) {}
      assertThat(same(log)).isZero();
    }
  }

  @Test
  void whatIsShreddedIsNobodysAnyMore() throws Exception {
    try (CustodyLog log = open()) {
      append(log, 50);
      closeSegment(log);
      append(log, 5);
      log.held().archive(Long.MAX_VALUE, new SecureRandom());
      assertThat(new Shredder(folder, "acme", Optional.empty()).run(true).shredded()).isPositive();
      while (log.held().findSubjects()) {}
      int acme = names.find("acme").orElseThrow();
      int globex = names.find("globex").orElseThrow();
      for (int i = 0; i < PEOPLE; i++) {
        String subject = "person" + i;
        assertThat(log.held().positionsOf(acme, subject, 0, 50, 50).positions()).isEmpty();
        assertThat(log.held().positionsOf(globex, subject, 0, 50, 50).positions()).isNotEmpty();
      }
    }
  }
}
