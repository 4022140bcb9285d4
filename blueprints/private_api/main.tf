# A private REST API behind an authkit REQUEST authorizer, called through one VPC endpoint.
# The function's package, for arm64:
#   pip install -r requirements.txt --target build --platform manylinux2014_aarch64 --python-version 3.13 --only-binary :all:
#   cp *.py build && (cd build && zip -qr ../build.zip .)

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }
}

variable "issuer" {
  description = "The provider's exact issuer, as its tokens spell it"
  type        = string
  default     = "https://idp.example.com/"
  validation {
    condition     = can(regex("^(?:https://.+)$", var.issuer))
    error_message = "The issuer is an https URL."
  }
}

variable "audience" {
  description = "What the tokens for this API name as their audience"
  type        = string
  default     = "https://api.example.com"
}

variable "vpc_endpoint" {
  description = "The id of the interface endpoint for execute-api that calls come through"
  type        = string
  default     = "vpce-0a1b2c3d4e5f67890"
  validation {
    condition     = can(regex("^(?:vpce-[0-9a-f]{8,17})$", var.vpc_endpoint))
    error_message = "That is no VPC endpoint's id."
  }
}

variable "allowed_origin" {
  description = "The one origin that browsers may call from"
  type        = string
  default     = "https://app.example.com"
  validation {
    condition     = can(regex("^(?:https://[^*]+)$", var.allowed_origin))
    error_message = "One origin, https, and no pattern of several."
  }
}

variable "package" {
  description = "The function's zip file"
  type        = string
  default     = "build.zip"
}

variable "web_acl" {
  description = "ARN of a regional web ACL; none if empty"
  type        = string
  default     = ""
}

locals {
  name = "ledger"
  functions = {
    backend = { handler = "backend.handler", environment = { ALLOWED_ORIGIN = var.allowed_origin } }
    authorizer = {
      handler     = "app.handler"
      environment = { ISSUER = var.issuer, AUDIENCE = var.audience, VPC_ENDPOINT = var.vpc_endpoint }
    }
  }
  resources = {
    "/entries"      = aws_api_gateway_resource.entries.id
    "/entries/{id}" = aws_api_gateway_resource.entry.id
  }
  methods = toset(["GET /entries", "POST /entries", "GET /entries/{id}"])
  cors    = { "Access-Control-Allow-Origin" = "'${var.allowed_origin}'" }
}

# --- the functions ----------------------------------------------------------------------------------------------------

resource "aws_lambda_function" "each" {
  # checkov:skip=CKV_AWS_50:Tracing is active, below.
  # checkov:skip=CKV_AWS_115:The stage is throttled. A limit here would turn its bursts into 500.
  # checkov:skip=CKV_AWS_116:They are called synchronously; nothing would ever go to a dead-letter queue.
  # checkov:skip=CKV_AWS_117:API Gateway asks them, not the VPC, and they need the provider's public address.
  # checkov:skip=CKV_AWS_173:Their environment holds no secret.
  # checkov:skip=CKV_AWS_272:Sign the package where your pipeline has a signing profile.
  for_each         = local.functions
  function_name    = "${local.name}-${each.key}"
  role             = aws_iam_role.each[each.key].arn
  runtime          = "python3.13"
  architectures    = ["arm64"]
  handler          = each.value.handler
  filename         = var.package
  source_code_hash = fileexists(var.package) ? filebase64sha256(var.package) : null
  memory_size      = 512
  timeout          = 5

  environment {
    variables = each.value.environment
  }
  tracing_config {
    mode = "Active"
  }
  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.each[each.key].name
  }
}

resource "aws_cloudwatch_log_group" "each" {
  # checkov:skip=CKV_AWS_158:Encrypted with the service's key. They hold no credentials, and a key of yours costs extra.
  for_each          = toset(["authorizer", "backend", "access"])
  name              = "/authkit/${local.name}/${each.key}"
  retention_in_days = 365
}

resource "aws_iam_role" "each" {
  for_each = local.functions
  name     = "${local.name}-${each.key}"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "logs_and_traces" {
  # checkov:skip=CKV_AWS_355:X-Ray knows no resources.
  # checkov:skip=CKV_AWS_290:As above; what it may write else is one log group of its own.
  for_each = local.functions
  name     = "logs-and-traces"
  role     = aws_iam_role.each[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.each[each.key].arn}:*"
      },
      { Effect = "Allow", Action = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], Resource = "*" },
    ]
  })
}

# --- the API ----------------------------------------------------------------------------------------------------------

resource "aws_api_gateway_rest_api" "api" {
  name = local.name
  endpoint_configuration {
    types            = ["PRIVATE"]
    vpc_endpoint_ids = [var.vpc_endpoint]
  }
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_rest_api_policy" "endpoint" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  policy = jsonencode({ # as policy.py prints it
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = "*"
        Action    = "execute-api:Invoke"
        Resource  = ["execute-api:/live/OPTIONS/*"]
      },
      {
        Effect    = "Deny"
        Principal = "*"
        Action    = "execute-api:Invoke"
        Resource  = ["execute-api:/*"]
        Condition = { StringNotEquals = { "aws:SourceVpce" = [var.vpc_endpoint] } }
      },
    ]
  })
}

resource "aws_api_gateway_authorizer" "service" {
  name                             = "service"
  rest_api_id                      = aws_api_gateway_rest_api.api.id
  type                             = "REQUEST"
  authorizer_uri                   = aws_lambda_function.each["authorizer"].invoke_arn
  identity_source                  = "method.request.header.Authorization,context.identity.vpceId"
  authorizer_result_ttl_in_seconds = 300
}

resource "aws_lambda_permission" "authorizer" {
  function_name = aws_lambda_function.each["authorizer"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.api.execution_arn}/authorizers/${aws_api_gateway_authorizer.service.id}"
}

resource "aws_lambda_permission" "backend" {
  function_name = aws_lambda_function.each["backend"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.api.execution_arn}/${aws_api_gateway_stage.live.stage_name}/*"
}

resource "aws_api_gateway_resource" "entries" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_rest_api.api.root_resource_id
  path_part   = "entries"
}

resource "aws_api_gateway_resource" "entry" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_resource.entries.id
  path_part   = "{id}"
}

resource "aws_api_gateway_method" "each" {
  for_each      = local.methods
  rest_api_id   = aws_api_gateway_rest_api.api.id
  resource_id   = local.resources[split(" ", each.key)[1]]
  http_method   = split(" ", each.key)[0]
  authorization = "CUSTOM"
  authorizer_id = aws_api_gateway_authorizer.service.id

  request_validator_id = aws_api_gateway_request_validator.all.id
  request_models       = each.key == "POST /entries" ? { "application/json" = aws_api_gateway_model.entry.name } : null
}

resource "aws_api_gateway_request_validator" "all" {
  name                        = "all"
  rest_api_id                 = aws_api_gateway_rest_api.api.id
  validate_request_body       = true
  validate_request_parameters = true
}

resource "aws_api_gateway_model" "entry" {
  name         = "Entry"
  rest_api_id  = aws_api_gateway_rest_api.api.id
  content_type = "application/json"
  schema = jsonencode({
    type                 = "object"
    required             = ["amount"]
    additionalProperties = false
    properties           = { amount = { type = "string", maxLength = 20 } }
  })
}

resource "aws_api_gateway_integration" "each" {
  for_each                = local.methods
  rest_api_id             = aws_api_gateway_rest_api.api.id
  resource_id             = local.resources[split(" ", each.key)[1]]
  http_method             = aws_api_gateway_method.each[each.key].http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = aws_lambda_function.each["backend"].invoke_arn
}

# --- what browsers and callers are told -------------------------------------------------------------------------------

resource "aws_api_gateway_method" "preflight" {
  # checkov:skip=CKV_AWS_59:A preflight carries no credential, and must be answered without one.
  # checkov:skip=CKV2_AWS_53:There is nothing in it to validate.
  for_each      = local.resources
  rest_api_id   = aws_api_gateway_rest_api.api.id
  resource_id   = each.value
  http_method   = "OPTIONS"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "preflight" {
  for_each          = local.resources
  rest_api_id       = aws_api_gateway_rest_api.api.id
  resource_id       = each.value
  http_method       = aws_api_gateway_method.preflight[each.key].http_method
  type              = "MOCK"
  request_templates = { "application/json" = jsonencode({ statusCode = 204 }) }
}

resource "aws_api_gateway_method_response" "preflight" {
  for_each    = local.resources
  rest_api_id = aws_api_gateway_rest_api.api.id
  resource_id = each.value
  http_method = aws_api_gateway_method.preflight[each.key].http_method
  status_code = "204"
  response_parameters = {
    for name in ["Allow-Origin", "Allow-Headers", "Allow-Methods", "Max-Age"] :
    "method.response.header.Access-Control-${name}" => true
  }
}

resource "aws_api_gateway_integration_response" "preflight" {
  for_each    = local.resources
  rest_api_id = aws_api_gateway_rest_api.api.id
  resource_id = each.value
  http_method = aws_api_gateway_integration.preflight[each.key].http_method
  status_code = aws_api_gateway_method_response.preflight[each.key].status_code
  response_parameters = {
    "method.response.header.Access-Control-Allow-Origin"  = "'${var.allowed_origin}'"
    "method.response.header.Access-Control-Allow-Headers" = "'authorization,content-type'"
    "method.response.header.Access-Control-Allow-Methods" = "'GET,POST'"
    "method.response.header.Access-Control-Max-Age"       = "'600'"
  }
}

resource "aws_api_gateway_gateway_response" "each" {
  for_each = {
    UNAUTHORIZED = merge(local.cors, { "WWW-Authenticate" = "'Bearer'" })
    DEFAULT_4XX  = local.cors
    DEFAULT_5XX  = local.cors
  }
  rest_api_id         = aws_api_gateway_rest_api.api.id
  response_type       = each.key
  response_parameters = { for name, value in each.value : "gatewayresponse.header.${name}" => value }
}

# --- the stage --------------------------------------------------------------------------------------------------------

resource "aws_api_gateway_deployment" "api" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  triggers    = { content = filesha1("${path.module}/main.tf"), told = jsonencode([var.allowed_origin, var.vpc_endpoint]) }
  depends_on = [
    aws_api_gateway_integration.each,
    aws_api_gateway_integration_response.preflight,
    aws_api_gateway_gateway_response.each,
    aws_api_gateway_rest_api_policy.endpoint,
  ]
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "live" {
  # checkov:skip=CKV_AWS_120:Responses differ by caller. What is kept is the authorizer's answer, for 300 s.
  # checkov:skip=CKV2_AWS_29:A web ACL is associated where web_acl names one.
  # checkov:skip=CKV2_AWS_51:Callers are told by their tokens; mutual_tls is the blueprint with certificates.
  # checkov:skip=CKV2_AWS_77:The rules are the web ACL's; take the managed group of known bad inputs into yours.
  # checkov:skip=CKV2_AWS_4:The level is set for all methods, below.
  rest_api_id          = aws_api_gateway_rest_api.api.id
  deployment_id        = aws_api_gateway_deployment.api.id
  stage_name           = "live"
  xray_tracing_enabled = true

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.each["access"].arn
    format = jsonencode({
      time              = "$context.requestTimeEpoch"
      requestId         = "$context.requestId"
      ip                = "$context.identity.sourceIp"
      endpoint          = "$context.identity.vpceId"
      caller            = "$context.authorizer.principalId"
      method            = "$context.httpMethod"
      path              = "$context.path"
      status            = "$context.status"
      authorizerStatus  = "$context.authorizer.status"
      authorizerLatency = "$context.authorizer.latency"
      authorizerError   = "$context.authorizer.error"
      error             = "$context.error.responseType"
      userAgent         = "$context.identity.userAgent"
    })
  }
}

resource "aws_api_gateway_method_settings" "limits" {
  # checkov:skip=CKV_AWS_225:Responses differ by caller; nothing of them is kept at the stage.
  # checkov:skip=CKV_AWS_308:Nothing is kept, so nothing is to be encrypted.
  # A path has ~1 for every slash, the first one too: the gateway takes "orders/POST" and limits nothing by it.
  for_each    = { "*/*" = 100, "~1entries/POST" = 20 }
  rest_api_id = aws_api_gateway_rest_api.api.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  method_path = each.key
  settings {
    throttling_rate_limit  = each.value
    throttling_burst_limit = 2 * each.value
    metrics_enabled        = true
    logging_level          = "ERROR"
  }
}

resource "aws_wafv2_web_acl_association" "firewall" {
  count        = var.web_acl == "" ? 0 : 1
  resource_arn = aws_api_gateway_stage.live.arn
  web_acl_arn  = var.web_acl
}

output "url" {
  value = aws_api_gateway_stage.live.invoke_url
}

output "url_without_private_dns" {
  value = replace(aws_api_gateway_stage.live.invoke_url, aws_api_gateway_rest_api.api.id, "${aws_api_gateway_rest_api.api.id}-${var.vpc_endpoint}")
}
