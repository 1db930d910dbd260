package dev.counterfoil.pages;

import dev.counterfoil.pages.templates.JteAccountGenerated;
import dev.counterfoil.pages.templates.JteApplicationsGenerated;
import dev.counterfoil.pages.templates.JteCodeGenerated;
import dev.counterfoil.pages.templates.JteConsentGenerated;
import dev.counterfoil.pages.templates.JteConsoleDoorGenerated;
import dev.counterfoil.pages.templates.JteConsoleGenerated;
import dev.counterfoil.pages.templates.JteEnrolGenerated;
import dev.counterfoil.pages.templates.JteIssuedGenerated;
import dev.counterfoil.pages.templates.JteIssuedTokenGenerated;
import dev.counterfoil.pages.templates.JteLostGenerated;
import dev.counterfoil.pages.templates.JteNoticeGenerated;
import dev.counterfoil.pages.templates.JteOfferCodesGenerated;
import dev.counterfoil.pages.templates.JteRecoveryCodesGenerated;
import dev.counterfoil.pages.templates.JteRecoveryGenerated;
import dev.counterfoil.pages.templates.JteReportGenerated;
import dev.counterfoil.pages.templates.JteSignInGenerated;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes each page: one function of values for each. */
public final class Pages {
  private static final Optional<String> HERE = Optional.of("'self'");

  private Pages() {}

  /**
   * Asks who is there.
   *
   * @param formAction where its forms may lead, also by redirects (CSP Level 3, {@code
   *     form-action}); empty for anywhere
   */
  public static Page signIn(Sheet sheet, SignInForm form, Optional<String> formAction) {
    return Page.of(
        out -> JteSignInGenerated.render(out, null, sheet, form),
        form.passkeyOptions().isPresent(),
        formAction);
  }

  /** Asks for a one-time code behind a password. */
  public static Page code(Sheet sheet, CodeForm form, Optional<String> formAction) {
    return Page.of(out -> JteCodeGenerated.render(out, null, sheet, form), false, formAction);
  }

  /** Helps a person who cannot sign in. */
  public static Page lost(Sheet sheet, LostForm form) {
    return Page.of(out -> JteLostGenerated.render(out, null, sheet, form), false, HERE);
  }

  /** Takes what anybody reports. */
  public static Page report(Sheet sheet, ReportForm form) {
    return Page.of(out -> JteReportGenerated.render(out, null, sheet, form), false, HERE);
  }

  /**
   * Says that a recovery was begun, before the browser goes on.
   *
   * @param next path and query on this issuer
   */
  public static Page recovery(Sheet sheet, AccountPage page, String next) {
    return Page.of(out -> JteRecoveryGenerated.render(out, null, sheet, page, next), false, HERE);
  }

  /** Takes the first passkey or password of an invited person. */
  public static Page enrol(Sheet sheet, EnrolForm form) {
    return Page.of(out -> JteEnrolGenerated.render(out, null, sheet, form), true, HERE);
  }

  /** Asks whether an application may do something. */
  public static Page consent(Sheet sheet, ConsentForm form, Optional<String> formAction) {
    return Page.of(out -> JteConsentGenerated.render(out, null, sheet, form), false, formAction);
  }

  /** Says one thing. */
  public static Page notice(Sheet sheet, Notice notice) {
    return Page.of(out -> JteNoticeGenerated.render(out, null, sheet, notice), false, HERE);
  }

  /** How a person signs in, and where they are signed in. */
  public static Page account(Sheet sheet, AccountPage page, SignInWays ways) {
    boolean script = ways.addPasskeyOptions().isPresent() || ways.signal().isPresent();
    return Page.of(out -> JteAccountGenerated.render(out, null, sheet, page, ways), script, HERE);
  }

  /** Offers a secret from which a person's app makes one-time codes. */
  public static Page offerCodes(Sheet sheet, AccountPage page, CodesOffer offer) {
    return Page.of(
        out -> JteOfferCodesGenerated.render(out, null, sheet, page, offer), false, HERE);
  }

  /** Shows new recovery codes, for the only time. */
  public static Page recoveryCodes(Sheet sheet, AccountPage page, List<String> codes) {
    return Page.of(
        out -> JteRecoveryCodesGenerated.render(out, null, sheet, page, codes), false, HERE);
  }

  /** What a person allowed. */
  public static Page applications(
      Sheet sheet, AccountPage page, List<AllowedApplication> applications) {
    return Page.of(
        out -> JteApplicationsGenerated.render(out, null, sheet, page, applications), false, HERE);
  }

  /** What was issued in a person's name. */
  public static Page issued(Sheet sheet, AccountPage page, IssuedRows rows) {
    return Page.of(out -> JteIssuedGenerated.render(out, null, sheet, page, rows), false, HERE);
  }

  /** Asks who wants to see the console. */
  public static Page consoleDoor(
      Sheet sheet,
      Map<String, String> hidden,
      boolean asksTenant,
      String tenant,
      Optional<String> problem,
      Optional<String> formAction) {
    return Page.of(
        out ->
            JteConsoleDoorGenerated.render(out, null, sheet, hidden, asksTenant, tenant, problem),
        false,
        formAction);
  }

  /** A page of the console. */
  public static Page console(Sheet sheet, ConsolePage page, Optional<String> formAction) {
    return Page.of(
        out -> JteConsoleGenerated.render(out, null, sheet, page), Sheet.consolePolicy(formAction));
  }

  /** One token that was issued in a person's name. */
  public static Page issuedToken(Sheet sheet, AccountPage page, IssuedToken token) {
    return Page.of(
        out -> JteIssuedTokenGenerated.render(out, null, sheet, page, token), false, HERE);
  }
}
