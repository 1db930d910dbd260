package dev.counterfoil.authority.signals;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.connect.SignedInPerson;
import dev.counterfoil.authority.connect.TestBrowser;
import dev.counterfoil.authority.settings.UpstreamEntry;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.format.bytes.JsonObject;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One authority polls the events of another one. */
class SignalsPollerTest {
  @ParameterizedTest
  @CsvSource({
    "0, false, 0, 100",
    "0, true, 0, 5000",
    "0, true, 15000, 100",
    "1, false, 0, 1000",
    "2, true, 15000, 4000",
    "60, false, 0, 600000"
  })
  void aProviderIsLeftAlone(int failures, boolean isEmpty, long tookMillis, long pauseMillis) {
    assertThat(SignalsPoller.pause(failures, isEmpty, Duration.ofMillis(tookMillis)))
        .isEqualTo(Duration.ofMillis(pauseMillis));
  }

  private record Stream(String client, String audience, URI poll, Path token) {}

  private static Stream stream(RunningDomain at, String client, Path folder) throws Exception {
    String secret =
        at.admin
            .register(
                ClientRegistration.withSecret(
                    client, "acme", List.of(at.issuer), List.of("ssf.manage")))
            .orElseThrow();
    String token =
        RunningDomain.json(
                at.send(
                    at.form("/token", "grant_type", "client_credentials", "scope", "ssf.manage")
                        .header("Authorization", RunningDomain.basic(client, secret))))
            .string("access_token");
    HttpResponse<String> made =
        at.send(
            HttpRequest.newBuilder(at.at("/ssf/stream"))
                .header("Authorization", "Bearer " + token)
                .POST(HttpRequest.BodyPublishers.ofString("{}")));
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    Path file = Files.writeString(folder.resolve(client + "-token"), token + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    JsonObject json = RunningDomain.json(made);
    return new Stream(
        client,
        json.string("aud"),
        URI.create(json.object("delivery").string("endpoint_url")),
        file);
  }

  private static UpstreamEntry entry(
      String name, RunningDomain of, Stream stream, Optional<String> audience) {
    return new UpstreamEntry(
        name,
        "Acme HR",
        "acme",
        URI.create(of.issuer),
        "counterfoil",
        Optional.empty(),
        false,
        false,
        UpstreamEntry.Signals.ACCOUNTS,
        audience,
        Optional.of(new UpstreamEntry.SignalsPollEntry(stream.poll(), stream.token())));
  }

  private static void await(String what, Callable<Boolean> comes) throws Exception {
    for (int i = 0; i < 400 && !comes.call(); i++) {
      Thread.sleep(50);
    }
    assertThat(comes.call()).as(what).isTrue();
  }

  private static JsonObject polled(RunningDomain domain, int index) throws Exception {
    return RunningDomain.json(domain.send(HttpRequest.newBuilder(domain.at("/health/ready"))))
        .objects("polled_providers")
        .get(index);
  }

  private static int sessions(RunningDomain of, String name) throws Exception {
    return of.admin.people().sessions(name).objects("sessions").size();
  }

  @Test
  void whatEndsAtAnotherAuthorityEndsHereAndIsAcknowledgedThere(@TempDir Path folder)
      throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    try (RunningDomain there =
        RunningDomain.at(port, Files.createDirectory(folder.resolve("there")), List.of())) {
      Stream good = stream(there, "good", folder);
      Stream stranger = stream(there, "stranger", folder);
      try (RunningDomain here =
          RunningDomain.reaching(
              Files.createDirectory(folder.resolve("here")),
              "https://here.example",
              List.of(),
              List.of(
                  entry("hr", there, good, Optional.of(good.audience())),
                  entry("other", there, stranger, Optional.empty())))) {
        SignedInPerson theirs = new SignedInPerson(there, "ann");
        theirs.allow();
        String account = there.admin.people().show("ann").object("person").string("subject");
        new SignedInPerson(here, "ann").allow();
        String subject = here.admin.people().show("ann").object("person").string("subject");
        try (Directory directory =
            Directory.open(
                folder.resolve("here/people.db"), new SecureRandom(), InstantSource.system())) {
          directory.upstreamLinks().link(subject, there.issuer, account, "ann");
        }
        assertThat(sessions(here, "ann")).isEqualTo(1);

        theirs.signOut();
        await("the session ends here", () -> sessions(here, "ann") == 0);
        await(
            "it is acknowledged",
            () ->
                there.admin.signals().show("good").object("stream").number("waiting") == 0
                    && there.admin.signals().show("good").objects("dead").isEmpty());
        await(
            "what is for others is refused",
            () -> there.admin.signals().show("stranger").toString().contains("another audience"));
        assertThat(polled(here, 0).has("problem")).as(polled(here, 0).toString()).isFalse();

        // What was acted on ends nothing again, after a start too.
        here.stopAuthority();
        here.startAuthorityAgain();
        var _ = TestBrowser.enrolled(here, "ann");
        assertThat(sessions(here, "ann")).isEqualTo(1);
        there.stopAuthority();
        await("its absence shows", () -> polled(here, 0).has("problem"));
        there.startAuthorityAgain();
        there.admin.people().admit("ann", false);
        await(
            "the account is disabled here",
            () -> here.admin.people().show("ann").object("person").truth("disabled"));
        assertThat(polled(here, 0).has("problem")).isFalse();
      }
    }
  }
}
