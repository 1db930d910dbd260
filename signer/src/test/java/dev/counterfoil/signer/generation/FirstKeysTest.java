package dev.counterfoil.signer.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.keystore.Ed25519Key;
import dev.counterfoil.keystore.FirstKeys;
import dev.counterfoil.keystore.KeyBatch;
import dev.counterfoil.keystore.KeyForKeys;
import dev.counterfoil.keystore.KeyMaker;
import dev.counterfoil.keystore.MadeKey;
import dev.counterfoil.keystore.SealedKeys;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.process.settings.ProcessSettings;
import dev.counterfoil.registrar.keys.FirstRegistrarKeys;
import dev.counterfoil.registrar.keys.KeyLogKey;
import dev.counterfoil.registrar.keys.StatementKeys;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.signer.folders.Generation;
import dev.counterfoil.signer.privatekeys.SoftwarePrivateKeys;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.signerprotocol.SignerName;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The keys of many first starts in one run, and that each program takes its own, once. */
class FirstKeysTest {
  private static final URI ISSUER = URI.create("https://login.example");

  @TempDir Path folder;

  private final List<Integer> runs = new ArrayList<>();
  private FirstRegistrarKeys registrar;
  private FirstSignerKeys signer;

  @BeforeEach
  void programs() throws Exception {
    registrar =
        new FirstRegistrarKeys(folder.resolve("registrar"), passphrase("registrar"), ISSUER);
    signer =
        new FirstSignerKeys(
            folder.resolve("signer"),
            passphrase("signer"),
            ISSUER,
            "enterprise",
            SignerName.FIRST,
            List.of("d1"),
            true);
  }

  private SecretFile passphrase(String program) throws Exception {
    return TrialRoot.openOrMakePassphrase(folder.resolve(program).resolve("passphrase"));
  }

  private List<MadeKey> count(List<KeyBatch> batches) throws IOException, GeneralSecurityException {
    runs.add(batches.stream().mapToInt(batch -> batch.orders().size()).sum());
    return KeyMaker.make(batches);
  }

  private SealedKeys sealed(FirstKeys.Program of) throws Exception {
    return SealedKeys.with(new KeyForKeys.PassphraseFile(of.passphrase()), this::count);
  }

  private SignerConfiguration signerConfiguration() throws Exception {
    String text =
        """
        domain: enterprise
        issuer: %s
        folder: %s
        passphrase-file: %s
        service-socket: /tmp/s.sock
        admin-socket: /tmp/a.sock
        log-folder: %s
        tenants: [acme]
        audiences: [mail]
        registrar-socket: /tmp/r.sock
        record-logs: [{name: d1, sources: [idp], digests-per-second: 1000}]
        """
            .formatted(ISSUER, signer.folder(), signer.passphrase().path(), folder.resolve("log"));
    return Configuration.read(
        Files.writeString(folder.resolve("signer.yaml"), text), SignerConfiguration.class);
  }

  @Test
  void oneRunMakesThemAndEachProgramOpensItsOwn() throws Exception {
    FirstKeys.make(List.of(registrar, signer), this::count);
    assertThat(runs).containsExactly(5);

    NoteKey log = FirstRegistrarKeys.keyLog(registrar.folder());
    SealedKeys registrars = sealed(registrar);
    registrars.makeAhead(registrar.orders());
    assertThat(KeyLogKey.open(registrars, registrar.folder(), ISSUER).publicKey()).isEqualTo(log);
    FileDisk keys = FileDisk.privateFolder(registrar.folder().resolve("keys"));
    StatementKeys.openOrMake(registrars, keys, StatementKeys.name(ISSUER));

    SealedKeys signers = sealed(signer);
    FirstSignerKeys.makeAhead(signerConfiguration(), signers);
    Path of = Generation.of(SignerName.FIRST, signer.folder(), 1).keys();
    new SoftwarePrivateKeys(signers, "enterprise").make(of, "k1", PublicJwk.Algorithm.ES256);
    for (String name : List.of("s1g1", "d1g1")) {
      Ed25519Key.openOrMake(
          signers, FileDisk.privateFolder(of), name, ProcessSettings.origin(ISSUER, name));
    }
    assertThat(runs).as("nothing was made anew").containsExactly(5);
  }

  @Test
  void whatIsThereIsNotMadeAgain() throws Exception {
    FirstKeys.make(List.of(registrar, signer), this::count);
    FirstKeys.make(List.of(registrar, signer), this::count);
    assertThat(runs).containsExactly(5);
    Files.delete(registrar.folder().resolve("keys/statement.vkey"));
    FirstKeys.make(List.of(registrar, signer), this::count);
    assertThat(runs).containsExactly(5, 1);
  }

  /** A key that was destroyed must not come back from a file that was left. */
  @Test
  void theyAreTakenOnceAndGoneBeforeTheirFirstUse() throws Exception {
    FirstKeys.make(List.of(signer), this::count);
    assertThat(signer.folder().resolve(FirstKeys.FILE)).exists();
    FirstSignerKeys.makeAhead(signerConfiguration(), sealed(signer));
    assertThat(signer.folder().resolve(FirstKeys.FILE)).doesNotExist();
    assertThat(runs).containsExactly(3);
    // The control: a start without the file makes its own.
    FirstSignerKeys.makeAhead(signerConfiguration(), sealed(signer));
    assertThat(runs).containsExactly(3, 3);
  }

  @Test
  void aSignerThatStartedBeforeUsesNoneAndLeavesNone() throws Exception {
    FirstKeys.make(List.of(signer), this::count);
    Files.createDirectories(Generation.of(SignerName.FIRST, signer.folder(), 1).keys());
    SealedKeys sealed = sealed(signer);
    FirstSignerKeys.makeAhead(signerConfiguration(), sealed);
    assertThat(signer.folder().resolve(FirstKeys.FILE)).doesNotExist();
    sealed.make(List.of(SoftwarePrivateKeys.order("enterprise", "k1", PublicJwk.Algorithm.ES256)));
    assertThat(runs).containsExactly(3, 1);
  }

  @Test
  void aDamagedFileIsSaidAndTheNextStartGoesOn() throws Exception {
    FirstKeys.make(List.of(signer), this::count);
    Files.writeString(signer.folder().resolve(FirstKeys.FILE), "{\"keys\":[{}]}");
    assertThatThrownBy(() -> FirstSignerKeys.makeAhead(signerConfiguration(), sealed(signer)))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining(FirstKeys.FILE);
    FirstSignerKeys.makeAhead(signerConfiguration(), sealed(signer));
    assertThat(runs).containsExactly(3, 3);
  }
}
