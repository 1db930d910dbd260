package dev.counterfoil.authority.logs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.keys.PublishedKeys;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TestIssuer;
import dev.counterfoil.verifier.TestKeys;
import dev.counterfoil.verifier.Verifier;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A key that was stolen from one domain, used at another domain of the same process. */
class IssuedTokensTest {
  private static final RequestContext NONE = RequestContext.none();

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T02:00:00Z"));
  private final TestIssuer here = new TestIssuer("main", "https://main.example", clock);
  private final TestIssuer beside = new TestIssuer("side", "https://side.example", clock);
  private final TestKeys.Es256 stolen = beside.addKey();
  private final List<Sighting> seenBeside = new ArrayList<>();
  private final Verifier verifier;
  private final Verifier neighbour;
  private final IssuedTokens tokens;

  IssuedTokensTest() {
    here.addKey();
    here.publish();
    beside.publish();
    beside.fill("s1g1", 3);
    verifier = Verifier.builder(here.policy()).network(here).clock(clock).build();
    neighbour =
        Verifier.builder(beside.policy())
            .network(beside)
            .clock(clock)
            .sightings(seenBeside::add)
            .build();
    tokens =
        new IssuedTokens(
            verifier,
            () -> List.of(neighbour),
            new PublishedKeys(here, here.policy(), clock),
            URI.create(here.issuer()));
  }

  /** Without keys a neighbour says nothing of any token. */
  @BeforeEach
  void awaitKeys() throws Exception {
    Instant end = Instant.now().plusSeconds(60);
    while (!verifier.isReady() || !neighbour.isReady()) {
      assertThat(Instant.now()).as("keys are read").isBefore(end);
      Thread.sleep(1);
    }
  }

  @AfterEach
  void close() {
    verifier.close();
    neighbour.close();
  }

  @Test
  void theDomainWhoseKeyItIsHearsOfIt() throws Exception {
    for (String claimed : List.of(here.issuer(), beside.issuer())) {
      seenBeside.clear();
      String forged =
          beside.draft(stolen).at("s1g1", 1).claim("iss", claimed).claim("aud", "x").signed(stolen);
      assertThat(tokens.find(forged, NONE)).as(claimed).isEmpty();
      assertThat(seenBeside).as(claimed).hasSize(1);
      assertThat(seenBeside.getFirst().signed() || seenBeside.getFirst().evidence() != null)
          .as(claimed)
          .isTrue();
      seenBeside.clear();
      tokens.inspect(forged, NONE);
      assertThat(seenBeside).as("where no token belongs: " + claimed).hasSize(1);
    }
  }

  @Test
  void ofTokensOfNobodyNothingIsSaidThere() throws Exception {
    TestKeys.Es256 own = new TestKeys.Es256();
    assertThat(tokens.find(beside.draft(own).signed(own), NONE)).isEmpty();
    assertThat(tokens.find("a.b.c", NONE)).isEmpty();
    assertThat(seenBeside).isEmpty();
  }
}
