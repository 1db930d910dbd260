package dev.counterfoil.signer;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** A log of tokens that has no tokens, whose key the test has. */
public final class TestLog implements NoteSigner {
  private static final Map<NoteKey, TestLog> MADE = new ConcurrentHashMap<>();

  private final String name;
  private final KeyPair pair;

  private TestLog(String name, KeyPair pair) {
    this.name = name;
    this.pair = pair;
  }

  public static TestLog make(String name) throws GeneralSecurityException {
    TestLog made = new TestLog(name, KeyPairGenerator.getInstance("Ed25519").generateKeyPair());
    MADE.put(made.key(), made);
    return made;
  }

  /** One that was made here. */
  public static TestLog of(StatedLog log) {
    return Objects.requireNonNull(MADE.get(log.key()));
  }

  public StatedLog stated() {
    return new StatedLog(name, key(), URI.create(TestDomain.ISSUER + "/logs/" + name));
  }

  /** Its checkpoint over as many tokens as a test wants. */
  public SignedNote checkpoint(long size) throws GeneralSecurityException {
    return new Checkpoint(key().name(), size, Hash.sha256()).sign(this);
  }

  @Override
  public NoteKey key() {
    return NoteKey.of(
        TestDomain.ISSUER.replaceFirst("https://", "") + "/logs/" + name, pair.getPublic());
  }

  @Override
  public byte[] sign(byte[] text) throws GeneralSecurityException {
    Signature signature = Signature.getInstance("Ed25519");
    signature.initSign(pair.getPrivate());
    signature.update(text);
    return signature.sign();
  }
}
