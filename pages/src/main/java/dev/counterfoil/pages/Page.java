package dev.counterfoil.pages;

import gg.jte.html.HtmlTemplateOutput;
import gg.jte.html.OwaspHtmlTemplateOutput;
import gg.jte.output.Utf8ByteOutput;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A page as it is sent.
 *
 * @param html in UTF-8
 * @param headers that keep it to itself
 */
@SuppressWarnings("ArrayRecordComponent") // written once, sent once
public record Page(byte[] html, Map<String, String> headers) {
  static Page of(Consumer<HtmlTemplateOutput> body, boolean script, Optional<String> formAction) {
    return of(body, Sheet.policy(script, formAction));
  }

  static Page of(Consumer<HtmlTemplateOutput> body, String policy) {
    Utf8ByteOutput out = new Utf8ByteOutput();
    body.accept(new OwaspHtmlTemplateOutput(out));
    return new Page(
        out.toByteArray(),
        Map.of(
            "Content-Type",
            "text/html; charset=utf-8",
            "Content-Security-Policy",
            policy,
            "Cache-Control",
            "no-store",
            "X-Content-Type-Options",
            "nosniff",
            "X-Frame-Options",
            "DENY",
            "Referrer-Policy",
            "same-origin",
            "Cross-Origin-Opener-Policy",
            "same-origin",
            "Permissions-Policy",
            "publickey-credentials-get=(self), publickey-credentials-create=(self)"));
  }
}
