package dev.counterfoil.authority.connect;

import dev.counterfoil.authority.http.Form;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What the protocol needs of the pages on which people sign in. */
public interface SignInPages {
  /**
   * Who is signed in with a browser.
   *
   * @param id the public handle of the session
   * @param subject the person
   * @param authTime when they proved who they are
   * @param amr by what (RFC 8176)
   * @param acr how well
   */
  record Session(String id, String subject, Instant authTime, List<String> amr, String acr) {
    public Session {
      amr = List.copyOf(amr);
    }
  }

  /**
   * That somebody is to sign in.
   *
   * @param returnTo path and query on this issuer to which the browser comes back
   * @param loginHint the username that the client expects
   * @param freshly also where somebody is signed in
   * @param locale of the page
   */
  record Demand(String returnTo, Optional<String> loginHint, boolean freshly, Locale locale) {}

  /**
   * What a person is asked.
   *
   * @param session whose
   * @param clientName who asks
   * @param redirectUri where the answer goes
   * @param scopes what it would have
   * @param target path on this issuer to which the answer is posted, with a field {@code answer} of
   *     {@code accept} or {@code reject}
   * @param fields that are posted with it
   * @param locale of the page
   */
  record Question(
      Session session,
      String clientName,
      String redirectUri,
      List<String> scopes,
      String target,
      Map<String, String> fields,
      Locale locale) {
    public Question {
      scopes = List.copyOf(scopes);
      fields = Map.copyOf(fields);
    }
  }

  /** The session of a request, where it is one that counts, of a person who is not disabled. */
  Optional<Session> session(ServerRequest request);

  /** Sends the browser to sign in. */
  void demand(ServerRequest request, ServerResponse response, Demand demand);

  /** Asks the person. */
  void askConsent(ServerRequest request, ServerResponse response, Question question);

  /** Whether a posted form comes from a page of this issuer in the same browser. */
  boolean isFromOurPage(ServerRequest request, Form form);

  /**
   * Ends the session; it is on the record, and what its listener does is done when this returns.
   */
  void end(ServerRequest request, ServerResponse response, Session session);

  /** Says that nobody is signed in any more. */
  void signedOut(ServerRequest request, ServerResponse response);

  /** Says what went wrong. */
  void error(
      ServerRequest request,
      ServerResponse response,
      int status,
      String sentence,
      String reference);
}
