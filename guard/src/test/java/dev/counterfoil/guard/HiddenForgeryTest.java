package dev.counterfoil.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.http.listener.FailedRequests;
import dev.counterfoil.verifier.Expectations.Binding;
import dev.counterfoil.verifier.TestIssuer;
import dev.counterfoil.verifier.TestKeys;
import dev.counterfoil.verifier.Verifier;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A client names its host, method and target: none of them hides a forged token. */
class HiddenForgeryTest {
  private static final String HONEST_HOST = "mail.example";

  @Test
  void aForgedTokenIsReportedOfARequestThatIsRefusedUnread() {
    InstantSource clock = InstantSource.system();
    TestIssuer issuer = new TestIssuer("enterprise", "https://login.example/enterprise", clock);
    TestKeys.Es256 key = issuer.addKey();
    issuer.publish();
    List<Sighting> seen = new ArrayList<>();
    try (Verifier verifier =
        Verifier.builder(issuer.policy())
            .network(issuer)
            .clock(clock)
            .sightings(seen::add)
            .build()) {
      FailedRequests failed = new FailedRequests();
      GuardJudge judge =
          new GuardJudge(
              Map.of(
                  "mail",
                  new GuardedService(
                      TestGuard.service("mail", Binding.BEARER_ALLOWED), verifier, null)),
              Set.of(InetAddress.getLoopbackAddress()),
              null,
              new GuardMeters(verifier, failed),
              failed,
              null);
      String honest = issuer.issue(issuer.draft(key), key);
      String forged = issuer.draft(key).claim("sub", "mallory").at("s1g1", 0).signed(key);

      assertThat(answer(judge, HONEST_HOST, "/", "GET", "Bearer " + honest)).isEqualTo("passed");
      assertThat(answer(judge, HONEST_HOST, "/", "GET", "Bearer " + forged))
          .isEqualTo("never-issued");
      for (String host : List.of("mail_example", "a..b", "user@mail.example", "mail.example:")) {
        requireReported(judge, seen, host, "/", "GET", forged, honest);
      }
      requireReported(judge, seen, HONEST_HOST, "*", "GET", forged, honest);
      requireReported(judge, seen, HONEST_HOST, "/" + "a".repeat(9_000), "GET", forged, honest);
      requireReported(judge, seen, HONEST_HOST, "/", "G".repeat(33), forged, honest);

      seen.clear();
      assertThat(answer(judge, HONEST_HOST, "/", "GET", "Bearer " + honest, "Bearer " + forged))
          .isEqualTo("malformed-request");
      assertThat(seen).as("in one of two headers").singleElement().matches(this::isEvidence);
    }
  }

  private boolean isEvidence(Sighting sighting) {
    return sighting.signed() || sighting.evidence() != null;
  }

  private void requireReported(
      GuardJudge judge,
      List<Sighting> seen,
      String host,
      String target,
      String method,
      String forged,
      String honest) {
    seen.clear();
    assertThat(answer(judge, host, target, method, "Bearer " + forged))
        .isEqualTo("malformed-request");
    assertThat(seen).as(host + " " + target).singleElement().matches(this::isEvidence);

    // The control: an honest one is refused, and nothing is reported of it.
    seen.clear();
    assertThat(answer(judge, host, target, method, "Bearer " + honest))
        .isEqualTo("malformed-request");
    assertThat(seen).isEmpty();
  }

  private static String answer(
      GuardJudge judge, String host, String target, String method, String... authorization) {
    Map<String, List<String>> headers =
        Map.of(
            "X-Forwarded-Method", List.of(method),
            "X-Forwarded-Proto", List.of("https"),
            "X-Forwarded-Host", List.of(host),
            "X-Forwarded-Uri", List.of(target),
            "Authorization", List.of(authorization));
    return judge
        .answer(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 7),
            "mail",
            name -> headers.getOrDefault(name, List.of()),
            null)
        .result();
  }
}
