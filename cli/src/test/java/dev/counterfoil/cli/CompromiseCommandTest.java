package dev.counterfoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.Hash;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeyLog;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.RootPin;
import dev.counterfoil.format.TrustPolicy;
import dev.counterfoil.installation.DataFolder;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which words replace a signer while nobody answers for the key log. */
class CompromiseCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private final List<String> asked = new CopyOnWriteArrayList<>();
  private SignerServer signer;
  private SignerServer registrar;

  @BeforeEach
  void anInstallationWithoutItsAuthority() throws Exception {
    DataFolder.DomainFolder domain = new DataFolder(folder).domain("main");
    JsonObject sealed =
        JsonObject.builder().put("log", "s1g2").put("size", 7L).put("kids", List.of("now")).build();
    signer = listen(domain.signer(), new Answer.Done(sealed));
    registrar = listen(domain.registrar(), new Answer.Refused(Answer.Code.DISK_FULL, "make room"));
    // Port 1 is nobody's.
    String issuer = "http://127.0.0.1:1/main";
    NoteKey keyLog =
        NoteKey.of(
            KeyLog.origin(issuer),
            KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPublic());
    Files.writeString(
        domain.policy(),
        new TrustPolicy("main", issuer, new RootPin(1, Hash.sha256()), List.of(keyLog)).text());
  }

  private SignerServer listen(Path at, Answer answer) throws Exception {
    Files.createDirectories(at);
    return SignerServer.listen(
        at.resolve("admin.sock"),
        Set.of(System.getProperty("user.name")),
        (request, peer, to) -> {
          asked.add(((Request.Command) request).name());
          to.answer(answer);
        });
  }

  @AfterEach
  void close() throws Exception {
    signer.close();
    registrar.close();
  }

  private int compromise(String... words) {
    List<String> all = new ArrayList<>(List.of("compromise", "--yes"));
    all.addAll(List.of(words));
    all.addAll(List.of("--data", folder.toString()));
    return CommandRun.of(all.toArray()).exitCode();
  }

  @Test
  void aLogThatMayHaveEndedIsNotTakenForItsSigner() {
    assertThat(compromise("s1g1")).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(compromise("s1g1", "--again")).isEqualTo(ExitCode.ENVIRONMENT);
    assertThat(compromise("s7")).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(asked).isEmpty();
    // Named, it is replaced, and then the registrar says no.
    assertThat(compromise("s1")).isEqualTo(ExitCode.NO);
    assertThat(asked).containsExactly("replace", "revoke-keys");
    asked.clear();
    assertThat(compromise("s1", "--again")).isEqualTo(ExitCode.NO);
    assertThat(asked).containsExactly("replace", "revoke-keys");
  }
}
