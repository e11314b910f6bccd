/**
 * Key frames of VP8 (RFC 6386), which lossy WebP pictures are made of, decoded to the bytes that
 * libwebp gives.
 */
@NullMarked
package io.github.icthp.clip.vp8;

import org.jspecify.annotations.NullMarked;
