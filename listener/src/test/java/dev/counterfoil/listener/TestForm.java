package dev.counterfoil.listener;

import java.nio.charset.StandardCharsets;

/** Refusals in plain text. */
enum TestForm implements HttpRefusal.Form {
  FORM;

  @Override
  public String contentType() {
    return "text/plain";
  }

  @Override
  public byte[] body(HttpRefusal refusal) {
    return (refusal.reason() + " " + refusal.detail() + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
