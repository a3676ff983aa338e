/* What runs after a product inside its primitive: scales, sums, activations. */
#include <stdlib.h>

#include "onednn_graph.h"

/* An activation of what counts in units of `step`, and is multiplied by `factor` afterwards. */
static dnnl_status_t append_act(const lc__dnnl *dn, dnnl_post_ops_t ops, lc_act act, float step,
                                float factor) {
    switch (act) {
    case LC_ACT_RELU:
        return dn->post_ops_append_eltwise(ops, factor, dnnl_eltwise_relu, 0.0F, 0.0F);
    case LC_ACT_RELU6:
        return dn->post_ops_append_eltwise(ops, factor, dnnl_eltwise_clip, 0.0F, 6.0F / step);
    case LC_ACT_HSIGMOID: { /* no such eltwise in oneDNN 2 */
        dnnl_status_t s =
            dn->post_ops_append_eltwise(ops, 1.0F, dnnl_eltwise_linear, 1.0F / 6.0F, 0.5F);
        return s != dnnl_success
                   ? s
                   : dn->post_ops_append_eltwise(ops, factor, dnnl_eltwise_clip, 0.0F, 1.0F);
    }
    case LC_ACT_HSWISH:
        return dn->post_ops_append_eltwise(ops, factor, dnnl_eltwise_hardswish, 0.0F, 0.0F);
    case LC_ACT_GELU:
        return dn->post_ops_append_eltwise(ops, factor, dnnl_eltwise_gelu_erf, 0.0F, 0.0F);
    case LC_ACT_SIGMOID:
        return dn->post_ops_append_eltwise(ops, factor, dnnl_eltwise_logistic, 0.0F, 0.0F);
    case LC_ACT_NONE:
    case LC_ACT_COUNT:
        break;
    }
    return dnnl_success;
}

bool lc__dn_in_units(lc_act act) {
    return act == LC_ACT_NONE || act == LC_ACT_RELU || act == LC_ACT_RELU6;
}

/* Up to the activation values count in units of the output where it lets them; else they are what
 * they stand for, and become units last. */
static dnnl_status_t append_end(const lc__dnnl *dn, dnnl_post_ops_t ops,
                                const lc__dn_epilogue *end) {
    float step = end->step == 0.0F ? 1.0F : end->step;
    bool units = lc__dn_in_units(end->act);
    dnnl_status_t s = dnnl_success;
    for (int i = 0; s == dnnl_success && i < end->n_more; i++) {
        s = dn->post_ops_append_binary(ops, end->more_alg, &end->more[i]);
    }
    if (s == dnnl_success && end->sum) {
        s = dn->post_ops_append_sum(ops, units ? 1.0F : step);
    }
    return s != dnnl_success
               ? s
               : append_act(dn, ops, end->act, units ? step : 1.0F, units ? 1.0F : 1.0F / step);
}

static dnnl_status_t fill_scales(const lc__dnnl *dn, dnnl_primitive_attr_t attr,
                                 const lc__dn_epilogue *end) {
    float step = end->step == 0.0F || !lc__dn_in_units(end->act) ? 1.0F : end->step;
    if (end->n_scales == 0) {
        return dnnl_success;
    }
    float *scales = malloc(end->n_scales * sizeof *scales);
    if (scales == NULL) {
        return dnnl_out_of_memory;
    }
    for (size_t i = 0; i < end->n_scales; i++) {
        scales[i] = end->scales[i] / step;
    }
    int mask = end->n_scales > 1 ? 1 << 1 : 0; /* dimension 1: channels */
    dnnl_status_t s =
        dn->primitive_attr_set_output_scales(attr, (dnnl_dim_t)end->n_scales, mask, scales);
    free(scales);
    return s;
}

static dnnl_status_t fill_attr(const lc__dnnl *dn, dnnl_primitive_attr_t attr,
                               const lc__dn_epilogue *end) {
    dnnl_post_ops_t ops = NULL;
    dnnl_status_t s = dn->primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
    s = s != dnnl_success ? s : fill_scales(dn, attr, end);
    s = s != dnnl_success ? s : dn->post_ops_create(&ops);
    if (s != dnnl_success) {
        return s;
    }
    s = append_end(dn, ops, end);
    if (s == dnnl_success) {
        s = dn->primitive_attr_set_post_ops(attr, ops);
    }
    dn->post_ops_destroy(ops);
    return s;
}

lc_status lc__dn_attr(lc__dn_graph *g, const lc__dn_epilogue *end, dnnl_primitive_attr_t *attr) {
    LC__DN_TRY(g, "attributes", g->dn->primitive_attr_create(attr));
    dnnl_status_t status = fill_attr(g->dn, *attr, end);
    if (status != dnnl_success) {
        g->dn->primitive_attr_destroy(*attr);
        return lc__dn_failed(g, "attributes", status);
    }
    return LC_OK;
}

lc_status lc__dn_describe(lc__dn_graph *g, const_dnnl_op_desc_t desc, const lc__dn_epilogue *end,
                          dnnl_primitive_desc_t *pd) {
    dnnl_primitive_attr_t attr = NULL;
    LC__TRY(lc__dn_attr(g, end, &attr));
    dnnl_status_t status = g->dn->primitive_desc_create(pd, desc, attr, g->engine, NULL);
    g->dn->primitive_attr_destroy(attr);
    LC__DN_TRY(g, "choice of a kernel", status);
    return LC_OK;
}
