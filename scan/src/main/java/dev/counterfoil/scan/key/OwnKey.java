package dev.counterfoil.scan.key;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.KeyHint;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import java.util.Optional;

/**
 * A key of ours that is looked for.
 *
 * @param kid its name: the thumbprint, or the name of a note's signer
 * @param publicKey which decides what is it
 * @param hint its hint; without one only some forms can be looked for
 */
public record OwnKey(String kid, PublicJwk publicKey, Optional<KeyHint> hint) {
  /** Takes a public key; a hint of another algorithm is refused. */
  public static OwnKey of(PublicJwk publicKey, Optional<KeyHint> hint) throws FormatException {
    return checked(new OwnKey(publicKey.thumbprint(), publicKey, hint));
  }

  /** Takes the public key of a note's signer. */
  public static OwnKey of(NoteKey key, Optional<KeyHint> hint) throws FormatException {
    return checked(new OwnKey(key.name(), PublicJwk.ed25519(key.publicKey()), hint));
  }

  /** Takes the public key of a cosigner. */
  public static OwnKey of(CosignerKey key, Optional<KeyHint> hint) throws FormatException {
    PublicJwk jwk =
        switch (key.algorithm()) {
          case ED25519 -> PublicJwk.ed25519(Hash.of(key.publicKey()));
          case ML_DSA_44 -> new PublicJwk.MlDsa44(Base64Url.encode(key.publicKey()));
        };
    return checked(new OwnKey(key.name(), jwk, hint));
  }

  private static OwnKey checked(OwnKey key) throws FormatException {
    String algorithm = key.publicKey.algorithm().jose();
    if (key.hint.filter(hint -> !hint.algorithm().equals(algorithm)).isPresent()) {
      throw new FormatException("the hint beside it is of another algorithm");
    }
    return key;
  }
}
