package dev.counterfoil.signer.privatekeys;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.keystore.pkcs11.HsmAwayException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where the private halves of token keys live. A custody makes keys, signs with them and destroys
 * them. There is no way to take a key out or to bring one in.
 */
public interface PrivateKeys extends AutoCloseable {
  /** What key statements say of it, such as {@code software}. */
  String name();

  /** What key statements may say of the private halves that it holds. */
  KeyStatement.Assurance assurance();

  /**
   * Makes a key; one of that label is replaced. When this returns the key survives a crash, and a
   * crash before leaves at most a key that nobody knows.
   *
   * @param folder of the generation of keys
   * @param label names the key there: letters, digits, hyphens
   * @throws HsmAwayException when it is away now
   * @throws GeneralSecurityException when this custody cannot hold keys of the algorithm, among
   *     other things
   */
  Key make(Path folder, String label, PublicJwk.Algorithm algorithm)
      throws IOException, GeneralSecurityException;

  /**
   * A key that is to be made.
   *
   * @param label as in {@link #make}
   * @param algorithm that it signs with
   */
  record Order(String label, PublicJwk.Algorithm algorithm) {}

  /** What became of an order. */
  sealed interface Outcome {
    /** The key is there. */
    record Made(Key key) implements Outcome {}

    /**
     * The custody makes none now, and may later.
     *
     * @param why for an operator
     */
    record NotNow(String why) implements Outcome {}
  }

  /**
   * Makes several keys, in one go where that is cheaper; otherwise as {@link #make} does. One that
   * cannot be made now keeps none of the others up.
   *
   * @return what became of each order, in their order
   */
  default List<Outcome> makeAll(Path folder, List<Order> orders)
      throws IOException, GeneralSecurityException {
    List<Outcome> outcomes = new ArrayList<>();
    for (Order order : orders) {
      try {
        outcomes.add(new Outcome.Made(make(folder, order.label(), order.algorithm())));
      } catch (HsmAwayException e) {
        outcomes.add(new Outcome.NotNow(String.valueOf(e.getMessage())));
      }
    }
    return outcomes;
  }

  /** Opens a key that was made before. */
  Key open(Path folder, String label) throws IOException, GeneralSecurityException;

  /**
   * Destroys a private half for good; one that is gone already is no error. While the custody is
   * away it is destroyed as soon as it is back, and cannot be opened before.
   */
  void destroy(Path folder, String label) throws IOException, GeneralSecurityException;

  /**
   * Destroys what it holds for this signer and no file names. Only while the log may grow: before
   * that the folder may be an older one, which does not know the keys that sign. It is called again
   * and again, and has little to do mostly.
   */
  default void destroyOrphans() {}

  /** Why it cannot sign now, for an operator; empty when it can. */
  default Optional<String> obstacle() {
    return Optional.empty();
  }

  /** Nobody signs with it any more. */
  @Override
  default void close() {}

  /** A key in custody. */
  interface Key {
    /** The public half. */
    PublicJwk publicKey();

    /** Something to sign with for one thread. */
    Signing newSigning() throws GeneralSecurityException;

    /** Drops the key from this process's memory; it signs no more. */
    void forget();
  }

  /** Signs with one key, on one thread. */
  @FunctionalInterface
  interface Signing extends AutoCloseable {
    /**
     * A signature as JWS writes it (RFC 7518 3, RFC 8037 3.1, RFC 9964). Of ES256 either of the two
     * values of s: whoever composes the token takes the lower one.
     *
     * @throws HsmAwayException when the custody is away; later it may sign again
     */
    byte[] sign(byte[] input) throws GeneralSecurityException;

    /**
     * The same of an input whose hash is known, for an algorithm that signs nothing else of it.
     *
     * @param sha256 of the input
     */
    default byte[] sign(byte[] input, Hash sha256) throws GeneralSecurityException {
      return sign(input);
    }

    /** Gives back what it holds; it signs no more. */
    @Override
    default void close() {}
  }
}
