package dev.counterfoil.disclosure.desk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.disclosure.TestIssuer;
import dev.counterfoil.disclosure.record.DisclosureLog;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.witness.Witness;
import dev.counterfoil.witness.WitnessConfiguration;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real witness cosigns the disclosure log, and sees when it was put back. */
@Timeout(60)
class WitnessedDisclosureTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Logger LOGGER = Logger.getLogger(DisclosureProcess.class.getName());

  @TempDir private Path folder;
  private final Queue<String> said = new ConcurrentLinkedQueue<>();
  private final Handler listening = new Listening();

  @SuppressWarnings("NullAway.Init") // each test starts with one
  private Witness witness;

  private final class Listening extends Handler {
    @Override
    public void publish(LogRecord entry) {
      said.add(new SimpleFormatter().formatMessage(entry));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @BeforeEach
  void startWitness() throws Exception {
    LOGGER.addHandler(listening);
    Files.writeString(folder.resolve("logs"), "");
    witness =
        Witness.start(
            new WitnessConfiguration(
                "witness.example/w1",
                new HostPort("127.0.0.1", 0),
                folder.resolve("witness"),
                Optional.of(folder.resolve("logs")),
                List.of(),
                WitnessConfiguration.Cosigning.ED25519,
                Duration.ofSeconds(30),
                List.of(),
                List.of()),
            InstantSource.system(),
            new SecureRandom(),
            _ -> {});
    Files.writeString(
        folder.resolve("policy.txt"),
        new TestIssuer("consumer")
            .policy()
            .text()
            .replace(
                "quorum none",
                "witness w1 %s http://127.0.0.1:%d\nquorum w1"
                    .formatted(witness.keys().getFirst(), witness.port())));
    DisclosureAuditTest.clientKey(folder.resolve("client.jwk"));
  }

  @AfterEach
  void stopWitness() throws Exception {
    LOGGER.removeHandler(listening);
    witness.close();
  }

  private DisclosureProcess start() throws Exception {
    return DisclosureProcess.start(
        new DisclosureConfiguration(
            folder.resolve("policy.txt"),
            "consumer.example/disclosure",
            folder.resolve("own"),
            folder.resolve("public"),
            "consumer.example/disclosure",
            new UnixSocketPath(folder.resolve("s")),
            List.of(),
            Optional.empty(),
            List.of(),
            URI.create("http://127.0.0.1:1"),
            "counterfoil-disclosure",
            SecretFile.at(folder.resolve("client.jwk")),
            true,
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Duration.ofHours(24)),
        InstantSource.system(),
        new SecureRandom(),
        _ -> {});
  }

  private void ask(String command, JsonObject arguments) throws Exception {
    assertThat(
            SignerClient.askAnew(
                folder.resolve("s"), new Request.Command(command, arguments), PATIENCE, PATIENCE))
        .isInstanceOf(Answer.Done.class);
  }

  private void open(String incident) throws Exception {
    ask(
        "incident-part",
        JsonObject.builder()
            .put("first", true)
            .put("accounts", List.of())
            .put("entities", List.of())
            .build());
    ask(
        "open",
        JsonObject.builder()
            .put("id", incident)
            .put("domain", "consumer")
            .put("severity", "high")
            .put("first_ms", 1)
            .put("last_ms", 2)
            .put("keys", List.of())
            .put("not_known", List.of())
            .build());
  }

  /** The checkpoint that any web server shows, once it covers so many entries. */
  private SignedNote awaitCosigned(long size) throws Exception {
    Path checkpoint = folder.resolve("public").resolve(DisclosureLog.TILES).resolve("checkpoint");
    CosignerKey key = witness.keys().getFirst();
    while (true) {
      if (Files.exists(checkpoint)) {
        SignedNote note = SignedNote.parse(Files.readAllBytes(checkpoint));
        if (Checkpoint.parse(note.text()).size() >= size
            && Cosignature.find(note, key).isPresent()) {
          return note;
        }
      }
      Thread.sleep(20);
    }
  }

  private void copy(String from, String to) throws Exception {
    for (String part : List.of("own", "public")) {
      Path source = folder.resolve(from + part);
      assertThat(
              new ProcessBuilder(
                      "cp", "-a", source.toString(), folder.resolve(to + part).toString())
                  .inheritIO()
                  .start()
                  .waitFor())
          .isZero();
    }
  }

  private void delete(String name) throws Exception {
    new ProcessBuilder("rm", "-rf", folder.resolve(name).toString()).start().waitFor();
  }

  @Test
  void whatItCosignedCannotBeTakenBack() throws Exception {
    long size;
    try (DisclosureProcess process = start()) {
      Files.writeString(folder.resolve("logs"), "log " + process.logKey() + "\n");
      open("7");
      size = Checkpoint.parse(awaitCosigned(1).text()).size();
    }
    copy("", "copy-of-");
    try (DisclosureProcess _ = start()) {
      open("8");
      awaitCosigned(size + 1);
    }
    // The control: a start on the folders as they are is no contradiction.
    assertThat(said).noneMatch(text -> text.contains("a witness contradicts"));
    delete("own");
    delete("public");
    copy("copy-of-", "");
    try (DisclosureProcess _ = start()) {
      open("9");
      while (said.stream().noneMatch(text -> text.contains("a witness contradicts"))) {
        Thread.sleep(20);
      }
    }
  }
}
