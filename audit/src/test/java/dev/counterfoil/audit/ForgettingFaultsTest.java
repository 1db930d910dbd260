package dev.counterfoil.audit;

import static dev.counterfoil.audit.access.AuditorFixture.ACME;
import static dev.counterfoil.audit.access.AuditorFixture.MAIL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.audit.access.AuditorFixture;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.audit.forget.ForgettingRequests;
import dev.counterfoil.audit.intake.IntakeAnswer;
import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.disk.FailingDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A disk that fails while somebody is forgotten, once or for good, at each change that is made to
 * it: either he is there whole, or he is gone and the log says so, and what was begun ends by
 * itself.
 */
class ForgettingFaultsTest {
  private static final Reader OPERATOR =
      new Reader("counterfoil", Optional.of("root"), Optional.empty());
  private static final String GROUND = "request 12 of the person concerned";
  private static final int EVENTS = 3;

  /** More steps than there are. */
  private static final int STEPS_MAX = 60;

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init") // each test starts with one
  private AuditorFixture fixture;

  private final FailingDisk.Faults faults = new FailingDisk.Faults();
  private final Set<String> hit = new ConcurrentSkipListSet<>();
  private long sequence;
  private long gone;

  @BeforeEach
  void open() throws IOException {
    fixture = new AuditorFixture(folder, OPERATOR, faults);
  }

  @AfterEach
  void close() throws IOException {
    faults.fails = change -> false;
    fixture.close();
  }

  /** From when it is written down what is to be done, changes fail from one of them on. */
  private AtomicBoolean failAt(int step, boolean once) {
    AtomicBoolean hasFailed = new AtomicBoolean();
    AtomicInteger begun = new AtomicInteger(-1);
    faults.fails =
        change -> {
          if (begun.get() < 0 && !change.equals("replace " + ForgettingRequests.FILE)) {
            return false;
          }
          // A fault of the log's own files ends the process, as a kill does.
          if (once && !change.matches(".*(forgetting|people|manifest|parquet).*")) {
            return false;
          }
          int now = begun.incrementAndGet();
          boolean fails = once ? now == step : now >= step;
          if (fails) {
            hit.add(change.replaceAll("[0-9]+", "N"));
            hasFailed.set(true);
          }
          return fails;
        };
    return hasFailed;
  }

  private void report(String name) throws Exception {
    List<JsonObject> events = new ArrayList<>();
    for (int i = 0; i < EVENTS; i++) {
      events.add(SampleEvents.read("acme", sequence, name, "s1g1." + sequence + ".x"));
      sequence++;
    }
    assertThat(fixture.auditor().take(MAIL, SampleEvents.lines(events)))
        .isInstanceOf(IntakeAnswer.Taken.class);
  }

  /** Two people of one name, since the first was nearly forgotten. */
  private void reportTwo(String name) throws Exception {
    report(name);
    faults.fails = change -> change.equals("replace " + ForgettingRequests.FILE);
    assertThatThrownBy(() -> forget(name)).isInstanceOf(IOException.class);
    faults.fails = change -> false;
    report(name);
    assertThat(fixture.auditor().lookForForgetting(ACME, name, OPERATOR).pseudonyms()).hasSize(2);
  }

  private void forget(String name) throws IOException {
    assertThat(fixture.auditor().forget(ACME, name, GROUND, OPERATOR).refusal()).isEmpty();
  }

  private void fails(String name) {
    try {
      forget(name);
    } catch (IOException | RuntimeException e) {
      // As its disk does; what it left is looked at.
    }
  }

  /** He is there whole, or gone, and nothing is half done. */
  private void look(String name) throws Exception {
    List<Long> his = fixture.found(ACME, Map.of("entity", name));
    assertThat(his.size()).as(name).isIn(0, 2 * EVENTS);
    gone += 2 * EVENTS - his.size();
    assertThat(folder.resolve("names").resolve(ForgettingRequests.FILE)).doesNotExist();
    List<String> events = new ArrayList<>();
    AuditBundle.Proved proved = fixture.export(ACME, events);
    assertThat(proved.complete()).isTrue();
    assertThat(proved.deleted()).isEqualTo(gone);
    fixture.nothingDiffers();
  }

  private void everywhere(boolean once) throws Exception {
    boolean failed = true;
    int step = 0;
    for (; failed && step < STEPS_MAX; step++) {
      String name = "person-" + step + "@acme.example";
      reportTwo(name);
      AtomicBoolean hasFailed = failAt(step, once);
      fails(name);
      if (once) {
        goOn();
      } else {
        fixture.end();
      }
      failed = hasFailed.get();
      faults.fails = change -> false;
      if (once && fixture.hasFailed()) {
        fixture.end();
      }
      if (fixture.hasEnded()) {
        fixture.open();
      }
      look(name);
    }
    assertThat(step).as("steps").isLessThan(STEPS_MAX);
    assertThat(
            hit.stream().filter(change -> !change.contains("segment")).collect(Collectors.toSet()))
        .contains(
            "replace forgetting.json",
            "write people",
            "sync people",
            "replace manifest.json",
            "delete forgetting.json");
    assertThat(gone).isPositive();
  }

  /** What it can end by itself it does; where nobody knows what is on the disk, after a start. */
  private void goOn() throws Exception {
    Path pending = folder.resolve("names").resolve(ForgettingRequests.FILE);
    for (int i = 0; i < 12_000 && Files.exists(pending) && !fixture.hasFailed(); i++) {
      Thread.sleep(10);
    }
  }

  @Test
  void killedAnywhereHeIsThereOrGone() throws Exception {
    everywhere(false);
  }

  @Test
  void aFaultAnywhereIsMadeGood() throws Exception {
    everywhere(true);
  }
}
