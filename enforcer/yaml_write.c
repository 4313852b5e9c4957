/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model as YAML text, in the way policies are written: the outer levels in
 * blocks, what is inside a list's entry on one line.
 */
#include "yaml_write.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <yaml.h>

#define FLOW_DEPTH 2 /* maps within the section are on one line */

static yaml_char_t *bytes(const char *text)
{
	return (yaml_char_t *)(uintptr_t)text;
}

static bool emit(yaml_emitter_t *e, yaml_event_t *event, int made)
{
	return made && yaml_emitter_emit(e, event);
}

static bool write_text(yaml_emitter_t *e, const char *text)
{
	yaml_event_t event;
	bool plain = *text != '@';

	return emit(e, &event,
		    yaml_scalar_event_initialize(
			&event, NULL, NULL, bytes(text), (int)strlen(text), plain, 1,
			plain ? YAML_PLAIN_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE));
}

static bool write_value(yaml_emitter_t *e, const json_t *value, int depth);

static bool write_map(yaml_emitter_t *e, const json_t *map, int depth)
{
	yaml_event_t event;
	const char *key;
	json_t *value;
	bool ok = emit(e, &event,
		       yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
							   depth < FLOW_DEPTH && depth != 2
							       ? YAML_BLOCK_MAPPING_STYLE
							       : YAML_FLOW_MAPPING_STYLE));

	json_object_foreach((json_t *)(uintptr_t)map, key, value)
	{
		ok = ok && write_text(e, key) && write_value(e, value, depth + 1);
	}
	return ok && emit(e, &event, yaml_mapping_end_event_initialize(&event));
}

static bool write_list(yaml_emitter_t *e, const json_t *list, int depth)
{
	yaml_event_t event;
	bool ok = emit(
	    e, &event,
	    yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE));

	for (size_t i = 0; i < json_array_size(list); i++)
		ok = ok && write_value(e, json_array_get(list, i), depth + 1);
	return ok && emit(e, &event, yaml_sequence_end_event_initialize(&event));
}

static bool write_value(yaml_emitter_t *e, const json_t *value, int depth)
{
	if (json_is_object(value))
		return write_map(e, value, depth);
	if (json_is_array(value))
		return write_list(e, value, depth);
	return write_text(e, json_string_value(value));
}

int yaml_write(const json_t *value, FILE *out)
{
	yaml_emitter_t e;
	yaml_event_t event;
	bool ok;

	if (!yaml_emitter_initialize(&e))
		return -ENOMEM;
	yaml_emitter_set_output_file(&e, out);
	yaml_emitter_set_width(&e, 100);
	ok = emit(&e, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING)) &&
	     emit(&e, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1)) &&
	     write_value(&e, value, 0) &&
	     emit(&e, &event, yaml_document_end_event_initialize(&event, 1)) &&
	     emit(&e, &event, yaml_stream_end_event_initialize(&event));
	yaml_emitter_delete(&e);
	return ok ? 0 : -EIO;
}
