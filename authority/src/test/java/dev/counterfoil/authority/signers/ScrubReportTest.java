package dev.counterfoil.authority.signers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a signer found in its logs is passed on, whether it could be mended or not. */
class ScrubReportTest {
  private static final String VKEY =
      "auth.example/logs/s1g1+670ee13d+AcwZg0aUhkGM1m3NyGZGd8JjSHtzaEDP0VMuFEOG+nYQ";

  private Path folder;
  private SignerServer server;
  private SignerClient client;
  private SignerView view;
  private volatile JsonObject scrub = scrub(0);
  private volatile JsonObject ofDoor = scrub(0);

  @BeforeEach
  void start() throws Exception {
    folder = Files.createTempDirectory(Path.of("/tmp"), "cfr");
    server =
        SignerServer.listen(
            folder.resolve("s.sock"),
            UnixUsers.self(),
            (request, peer, responder) -> responder.answer(new Answer.Done(status())));
    client = new SignerClient(folder.resolve("s.sock"));
    view = new SignerView(client);
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    server.close();
    try (var files = Files.walk(folder)) {
      files.sorted((a, b) -> b.compareTo(a)).forEach(file -> file.toFile().delete());
    }
  }

  private static JsonObject scrub(long places) {
    return JsonObject.builder().put("repaired_places", places).build();
  }

  private static JsonObject found(long places, boolean repaired, String what) {
    return JsonObject.builder()
        .put("repaired_places", places)
        .put(
            "difference",
            JsonObject.builder()
                .put("position", 7)
                .put("repaired", repaired)
                .put("description", what)
                .build())
        .build();
  }

  private JsonObject status() {
    return JsonObject.builder()
        .put("log", JsonObject.builder().put("name", "s1g1").put("vkey", VKEY).build())
        .put(
            "cosigning",
            JsonObject.builder().put("quorum", 0).put("waiting_for", List.of()).build())
        .put("scrub", scrub)
        .put(
            "record_logs",
            List.of(JsonObject.builder().put("name", "s1g1d1").put("scrub", ofDoor).build()))
        .build();
  }

  private SignerView.State ask() throws InterruptedException {
    while (view.ask().isEmpty()) {
      Thread.sleep(10);
    }
    return view.last().orElseThrow();
  }

  @Test
  void whatWasMendedAndWhatWasNot() throws Exception {
    assertThat(ask().damage()).isEmpty();
    assertThat(view.scrub()).isEqualTo(ScrubReport.NONE);
    scrub = found(2, true, "level-1 differed");
    ofDoor = found(1, false, "record 7 is damaged");
    assertThat(ask().damage())
        .containsExactly(new SignerView.Found("s1g1d1", "record 7 is damaged"));
    assertThat(view.scrub())
        .isEqualTo(new ScrubReport(List.of(new SignerView.Found("s1g1", "level-1 differed")), 3));
    scrub = scrub(2);
    ofDoor = scrub(1);
    assertThat(ask().damage()).isEmpty();
    assertThat(view.scrub()).isEqualTo(new ScrubReport(List.of(), 3));
  }
}
