package dev.counterfoil.installation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In which order a signer's keys are taken back. */
class ContainmentTest {
  @TempDir Path folder;
  private final List<String> revoked = new CopyOnWriteArrayList<>();
  private int takes = Integer.MAX_VALUE;
  private DataFolder.DomainFolder domain;
  private SignerServer signer;
  private SignerServer registrar;

  @BeforeEach
  void aSignerThatAnnouncedASuccessor() throws Exception {
    domain = new DataFolder.DomainFolder(folder);
    JsonObject sealed =
        JsonObject.builder()
            .put(
                "announced",
                JsonObject.builder().put("log", "s1g2").put("kids", List.of("next")).build())
            .put("log", "s1g1")
            .put("size", 7L)
            .put("kids", List.of("now"))
            .build();
    signer = listen(domain.signer(), (request, peer, to) -> to.answer(new Answer.Done(sealed)));
    registrar = listen(domain.registrar(), (request, peer, to) -> to.answer(revoke(request)));
  }

  private static SignerServer listen(Path at, SignerServer.Handler handler) throws Exception {
    Files.createDirectories(at);
    return SignerServer.listen(
        at.resolve("admin.sock"), Set.of(System.getProperty("user.name")), handler);
  }

  private Answer revoke(Request request) {
    if (revoked.size() >= takes) {
      return new Answer.Refused(Answer.Code.DISK_FULL, "make room");
    }
    try {
      revoked.addAll(((Request.Command) request).arguments().strings("kids"));
    } catch (FormatException e) {
      throw new AssertionError(e);
    }
    return new Answer.Done(
        JsonObject.builder().put("version", 40L + revoked.size()).put("changed", true).build());
  }

  @AfterEach
  void close() throws Exception {
    signer.close();
    registrar.close();
  }

  @Test
  void theKeysThatSignedComeFirstAndTheReportCoversBoth() throws Exception {
    Containment.Contained contained = new Containment(domain).replaceSigner();
    assertThat(revoked).containsExactly("now", "next");
    assertThat(contained).isEqualTo(new Containment.Contained("s1g1", 7, List.of("now"), 42, true));
  }

  @Test
  void aRefusalOfTheSuccessorsKeysSaysThatTheOthersAreRevoked() {
    takes = 1;
    assertThatThrownBy(() -> new Containment(domain).replaceSigner())
        .isInstanceOf(Containment.ContainmentFailedException.class)
        .hasMessageContaining("the keys of s1g1 are revoked")
        .hasMessageContaining("successor s1g2 are not")
        .hasMessageContaining("make room");
    assertThat(revoked).containsExactly("now");
  }
}
