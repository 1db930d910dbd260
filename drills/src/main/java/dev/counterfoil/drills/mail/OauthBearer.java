package dev.counterfoil.drills.mail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.Provider;
import java.security.Security;
import java.util.Map;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.PasswordCallback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.sasl.SaslClient;
import javax.security.sasl.SaslClientFactory;
import javax.security.sasl.SaslException;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of OAUTHBEARER (RFC 7628 3.1), which the mail library leaves to the platform
 * and the platform does not have.
 */
final class OauthBearer implements SaslClient {
  static final String MECHANISM = "OAUTHBEARER";

  private final String user;
  private final String token;
  private int step;

  private OauthBearer(String user, String token) {
    this.user = user;
    this.token = token;
  }

  /** Makes the mechanism known to this process, once. */
  static void install() {
    // Adding a provider that is there already changes nothing.
    Security.addProvider(new Mechanism());
  }

  @Override
  public String getMechanismName() {
    return MECHANISM;
  }

  @Override
  public boolean hasInitialResponse() {
    return true;
  }

  @Override
  public byte[] evaluateChallenge(byte[] challenge) {
    step++;
    if (step == 1) {
      String first = "n,a=" + user + ",\u0001auth=Bearer " + token + "\u0001\u0001";
      return first.getBytes(StandardCharsets.US_ASCII);
    }
    // The server has sent its error; one control-A ends the exchange (RFC 7628 3.2.3).
    return new byte[] {1};
  }

  @Override
  public boolean isComplete() {
    return step > 0;
  }

  @Override
  public byte[] unwrap(byte[] incoming, int offset, int length) {
    throw new IllegalStateException("OAUTHBEARER has no security layer");
  }

  @Override
  public byte[] wrap(byte[] outgoing, int offset, int length) {
    throw new IllegalStateException("OAUTHBEARER has no security layer");
  }

  @Override
  public @Nullable Object getNegotiatedProperty(String name) {
    return null;
  }

  @Override
  public void dispose() {}

  /** Makes the client. Public because the platform makes it by name. */
  public static final class Factory implements SaslClientFactory {
    @Override
    public @Nullable SaslClient createSaslClient(
        String[] mechanisms,
        @Nullable String authorizationId,
        String protocol,
        String serverName,
        @Nullable Map<String, ?> properties,
        CallbackHandler handler)
        throws SaslException {
      for (String mechanism : mechanisms) {
        if (mechanism.equals(MECHANISM)) {
          var name = new NameCallback("user");
          var password = new PasswordCallback("token", false);
          try {
            handler.handle(new Callback[] {name, password});
          } catch (IOException | UnsupportedCallbackException e) {
            throw new SaslException("no user and token to log in with", e);
          }
          String user = name.getName();
          char[] token = password.getPassword();
          if (user == null || token == null) {
            throw new SaslException("no user and token to log in with");
          }
          return new OauthBearer(user, new String(token));
        }
      }
      return null;
    }

    @Override
    public String[] getMechanismNames(@Nullable Map<String, ?> properties) {
      return new String[] {MECHANISM};
    }
  }

  private static final class Mechanism extends Provider {
    private static final long serialVersionUID = 1L;

    Mechanism() {
      super("CounterfoilDrillSasl", "1", "OAUTHBEARER for the drill's mail client");
      put("SaslClientFactory." + MECHANISM, Factory.class.getName());
    }
  }
}
